// Streamlit's own names that the app's scripts use. Streamlit guarantees none of them. Without a name, the scripts still
// work, with less comfort.

const MAIN = '.stMain'; // the element that scrolls and takes a click on empty space; without it, the window does
const PAGE = '.stMainBlockContainer', APP = '.stApp'; // without them, only the clock lifts the veil over the first frame
const CONNECTION = 'data-test-connection-state'; // without it, the first edit after a restart of the server is lost, and a first chart comes up to 3 s later
const SCRIPT_STATE = 'data-test-script-state', COMPONENT = '[data-testid^="stBidiComponent"]';
const ELEMENT = '.stElementContainer', LOADING = '[data-testid="stSkeleton"]'; // the placeholder of an element whose code is loading
const UNDRAWN = '[data-testid="stBidiComponentIsolated"]:not([data-drawn])'; // a component of ours that has drawn nothing yet
