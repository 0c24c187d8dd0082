/**
 * C0, DEL, C1, the line and paragraph separators, and the characters that change the direction of text: a terminal, a CI
 * log and a spreadsheet act on them (https://trojansource.codes, ECMA-48).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: to remove them
const acting = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Where JSON may hold one of them: escaped, or as it is. */
const mayAct = /\\[bfnrtu]|::|##\[|[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/**
 * The first colon of what GitHub's runner takes for a command of the workflow, at the start of a line or after white space:
 * `::stop-commands::`, `::add-mask::…`; and `##[…]` anywhere (actions/runner, ActionCommand.cs). Shown with a wide character.
 */
const workflowCommand = /^(\s*):(?=:[a-z][\w-]*(?: [^:]*)?::)/i;

/** Fields of several lines, which are never printed. */
const ofSeveralLines = new Set(['nftables']);

/**
 * A value of somebody else's (a program, a file, a name) for a terminal, a log or a document: on one line, and control
 * characters as pictures, so that they can be seen and do nothing.
 */
export function plainText(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(acting, picture)
    .replace(workflowCommand, '$1\uff1a')
    .replace(/##\[/g, '##\uff3b');
}

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}

/** plainText() of every string in a value, names of fields too. */
export function plainValues(value: unknown, field = ''): unknown {
  if (typeof value === 'string') {
    return ofSeveralLines.has(field) ? value.split('\n').map(plainText).join('\n') : plainText(value);
  }
  if (Array.isArray(value)) return value.map((one) => plainValues(one, field));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [plainText(name), plainValues(one, name)]));
}

/** JSON.parse of what others wrote, with plain text only. Throws SyntaxError. */
export function parsePlainJson(text: string): unknown {
  const content: unknown = JSON.parse(text);
  return mayAct.test(text) ? plainValues(content) : content;
}
