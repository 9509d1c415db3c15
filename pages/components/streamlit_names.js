// Streamlit's own names that our scripts go by. It promises none of them; each user works, with less comfort, without.

const MAIN = '.stMain'; // what scrolls, and takes a click on nothing; else the window does
