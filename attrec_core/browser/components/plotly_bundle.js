// Loads Plotly's bundle once per document. Joined in front of the first frame, which loads it before a chart asks, and of the
// charts.

function plotlyFrom(source) {
  window.attrecPlotly ??= window.Plotly ? Promise.resolve(window.Plotly) : new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL(source, document.baseURI);
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error('not Plotly')));
    script.onerror = () => reject(new Error('not found'));
    document.head.append(script);
  });
  window.attrecPlotly.catch(() => { window.attrecPlotly = undefined; }); // so that the next chart tries again
  return window.attrecPlotly;
}
