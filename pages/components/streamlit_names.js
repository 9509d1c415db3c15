// Streamlit's own names that our scripts go by. It promises none of them; each user works, with less comfort, without.

const MAIN = '.stMain'; // what scrolls, and takes a click on nothing; else the window does
const PAGE = '.stMainBlockContainer', APP = '.stApp'; // else the veil over the first frame is lifted by the clock alone
const CONNECTION = 'data-test-connection-state'; // else the first edit after a restart of the server is lost
const SCRIPT_STATE = 'data-test-script-state', COMPONENT = '[data-testid^="stBidiComponent"]';
const ELEMENT = '.stElementContainer', LOADING = '[data-testid="stSkeleton"]'; // in place of an element whose code loads
