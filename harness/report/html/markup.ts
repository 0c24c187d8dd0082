/** Markup that is safe to put into a page: made by `markup`, which escapes every value. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | null | false | undefined | readonly Part[];

/** Tagged template: literal parts are markup, values are text unless they are `Markup` themselves. */
export function markup(literals: TemplateStringsArray, ...values: Part[]): Markup {
  return new Markup(String.raw({ raw: literals }, ...values.map(asText)));
}

/** Text or attribute value with the characters that mean something in HTML replaced. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

/** JSON inside a script element: nothing in it can end the element or begin a comment. */
export function scriptJson(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value)
      .replace(/</g, '\\u003c')
      .replace(/\u2028|\u2029/g, ' '),
  );
}

function asText(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'object') return part.map(asText).join('');
  return escapeHtml(String(part));
}
