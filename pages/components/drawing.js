// A picture that the server drew, in a wide and a narrow layout; the style sheet shows the one that fits.

export default ({ parentElement, data }) => {
  for (const layout of ['wide', 'narrow']) {
    parentElement.querySelector(`.${layout}`).innerHTML = data[layout]; // foreign text in it is escaped
  }
};
