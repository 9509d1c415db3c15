// Numbers in sentences, as errors.py formats them. The components' own (`shared.js`) follow the same rules.

/** f"{value:.{digits}f}" of Python for a value from 0 up. `toFixed` differs in exact ties alone: it rounds them up,
 * Python to the even digit (.125 → ".12"). A tie is a multiple of 2^−(digits + 1), which has digits + 1 digits. */
function fixed(value, digits) {
  const isTie = Number.isInteger(value * 2 ** (digits + 1)), longer = value.toFixed(digits + 1);
  const down = isTie && /[02468]\.?5$/.test(longer) ? value * Number.EPSILON : 0;
  return (value - down).toFixed(digits);
}

/** .41, not 0.41; −.41 with a minus, not a hyphen. */
function number(value, digits = 2) {
  const text = fixed(Math.abs(value), digits);
  return (value < 0 && Number(text) ? '−' : '') + text.replace(/^0\./, '.');
}

/** 59 % for .59, the format of attention; “<1 %” for a share above 0 that would round to 0. A half is rounded up, and a
 * line never breaks before the sign. */
function percent(share, digits = 0) {
  const rounded = (100 * share).toFixed(digits);
  return share > 0 && Number(rounded) === 0 ? `<${(10 ** -digits).toFixed(digits)}\u00a0%` : `${rounded}\u00a0%`;
}
