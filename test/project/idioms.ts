/** A phrase that a native speaker would not write, as a regular expression on words, and what to write in its place. */
export interface Idiom {
  phrase: RegExp;
  write: string;
}

/** Spaces match line breaks, too, with the comment mark of the next line. */
export const idioms: readonly Idiom[] = [
  { phrase: /for want of/, write: 'because there is no …' },
  { phrase: /in vain/, write: 'without effect' },
  { phrase: /(?:is|are|was|were|be|been) (?:not )?to be had/, write: '… was not found, or … is not available' },
  { phrase: /not to be had/, write: 'not found' },
  { phrase: /will not do/, write: 'is not valid' },
  { phrase: /(?:turn|turns|turned|turning) round/, write: 'reversed, or inverted' },
  { phrase: /mend|mends|mended|mending/, write: 'fix, or hint' },
  { phrase: /foreign (?:images?|programs?|clients?)/, write: 'your image, third-party image, custom client' },
  { phrase: /objections?|objects? to/, write: 'problem in messages, issue in code' },
  {
    phrase: /words (?:on|of the (?:command|options?))|by (?:its|their) words/,
    write: 'arguments, options, output, or message',
  },
  { phrase: /(?:tell|tells|telling|told) (?:\S+ ){0,5}?apart/, write: 'distinguish' },
  { phrase: /each tells?/, write: 'per side are needed, or each shows' },
  { phrase: /speaks? (?:of|against)|spoke (?:of|against)/, write: 'describes, or reason to doubt' },
  { phrase: /ended so/, write: 'ended without a counter' },
  { phrase: /no counter (?:counts|knows|says)/, write: 'no counter records …' },
  { phrase: /a run that is gone/, write: 'exit reason' },
  { phrase: /lays? (?:its|their) clocks?/, write: 'aligns its clock with ours' },
  { phrase: /(?:fresh|own) stacks?/, write: 'network namespace' },
  { phrase: /(?:docker|container) engines?/, write: 'Docker daemon, or container runtime' },
  { phrase: /ledgers? (?:(?:does|do|did) not )?closes?/, write: 'the ledger balances' },
  { phrase: /differs? besides what/, write: 'the runs also differ in …' },
  { phrase: /stands? (?:there|under)/, write: 'is listed, or is below' },
];

export interface Finding {
  line: number;
  found: string;
  write: string;
}

/** Every idiom in a text, in order of lines. Pure. */
export function idiomsIn(text: string): Finding[] {
  return idioms
    .flatMap(({ phrase, write }) =>
      [...text.matchAll(pattern(phrase))].map((match) => ({
        line: text.slice(0, match.index).split('\n').length,
        found: match[0].replace(/\s+/g, ' '),
        write,
      })),
    )
    .sort((a, b) => a.line - b.line);
}

/** Whole words, in any case, across the line breaks of a paragraph, a comment, or a string that is put together. */
function pattern(phrase: RegExp): RegExp {
  const gap = String.raw`(?:[ \t]+|[ \t]*(?:['"\x60][ \t]*\+)?[ \t]*\n[ \t]*(?:\*|//|#|>|['"\x60])?[ \t]*)`;
  return new RegExp(`(?<![\\w-])(?:${phrase.source.replaceAll(' ', gap)})(?![\\w-])`, 'gi');
}
