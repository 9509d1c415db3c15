// The attention map of one window.

export default mount('.map', AttentionGrid);
