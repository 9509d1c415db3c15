// The attention matrix of one window.

export default mount('.map', AttentionGrid);
