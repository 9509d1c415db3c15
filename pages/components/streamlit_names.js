// Streamlit's own names that our scripts go by. It promises none of them; each user works, with less comfort, without.

const SECTIONS = '[data-testid="stTopNavSection"]'; // the parts of the navigation; else none is marked as open
const CLOSE_DRAWER = '[data-testid="stSidebarCollapseButton"] button'; // else it stays open over the page
const MAIN = '.stMain'; // what scrolls, and takes a click on nothing; else the window does
