/**
 * The last complete answer that arrived in one piece. A server under load repeats the same bytes (its Date changes once
 * a second): comparing memory is many times cheaper than parsing text.
 */
let usual: { bytes: Buffer; toHead: boolean; closes: boolean; refusal: string | null } | null = null;

const notHttp = 'BAD_ANSWER';
/** Maximum length of a head, or of a chunk-size or trailer line. */
const mostHeld = 64 * 1024;

/** Where in an answer the reader is; `until-end`: its body ends with the connection. */
type Place = 'head' | 'body' | 'chunk-size' | 'chunk' | 'trailer' | 'until-end';

/**
 * Finds the ends of HTTP/1.x answers in a stream: by Content-Length, chunks, or the end of the connection; without a
 * body after HEAD, 204 and 304 (RFC 9112, section 6.3). Implements only what a load engine needs.
 */
export class AnswerReader {
  /** `HTTP_502` after an answer with that server error; BAD_ANSWER if it is not HTTP. */
  refusal: string | null = null;
  /** The answer announces that the server closes after it. */
  closes = false;
  private place: Place = 'head';
  /** Text of an incomplete head, size or trailer. */
  private held = '';
  private left = 0;
  private readonly toHead: boolean;

  /** `toHead`: the requests are HEAD. */
  constructor(toHead = false) {
    this.toHead = toHead;
  }

  /** Returns the number of answers that end within these bytes. */
  push(bytes: Uint8Array): number {
    if (this.isBetween && usual !== null && usual.toHead === this.toHead && usual.bytes.equals(bytes)) {
      this.closes = usual.closes;
      this.refusal = usual.refusal;
      return 1;
    }
    const isWhole = this.isBetween;
    const answers = this.parse(bytes);
    if (isWhole && answers === 1 && this.isBetween) {
      const { toHead, closes, refusal } = this;
      usual = { bytes: Buffer.from(bytes), toHead, closes, refusal };
    }
    return answers;
  }

  /** Called when the connection has ended; returns 1 if that completes an answer. */
  end(): number {
    if (this.place !== 'until-end') return 0;
    this.place = 'head';
    return 1;
  }

  private get isBetween(): boolean {
    return this.place === 'head' && this.held === '';
  }

  private parse(bytes: Uint8Array): number {
    if ((this.place === 'body' || this.place === 'chunk') && bytes.length < this.left) {
      this.left -= bytes.length;
      return 0;
    }
    let text = this.held + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    this.held = '';
    let answers = 0;
    while (text !== '' && this.place !== 'until-end') {
      if (this.place === 'body' || this.place === 'chunk') {
        const used = Math.min(this.left, text.length);
        this.left -= used;
        text = text.slice(used);
        if (this.left === 0 && this.bodyPartEnded()) answers++;
        continue;
      }
      const mark = this.place === 'head' ? '\r\n\r\n' : '\r\n';
      const end = text.indexOf(mark);
      if (end < 0) {
        if (text.length > mostHeld) {
          this.refusal = notHttp;
          return answers + 1;
        }
        this.held = text;
        break;
      }
      const part = text.slice(0, end);
      text = text.slice(end + mark.length);
      if (this.place === 'head' ? this.headEnded(part) : this.lineEnded(part)) answers++;
    }
    return answers;
  }

  /** True if the answer has no body and is therefore complete. */
  private headEnded(head: string): boolean {
    const start = /^HTTP\/1\.([01]) (\d{3})/.exec(head);
    const status = Number(start?.[2]);
    // An interim answer: the real one follows.
    if (status >= 100 && status < 200 && status !== 101) return false;
    this.refusal = start === null ? notHttp : status >= 500 ? `HTTP_${status}` : null;
    const connection = /\r\nconnection:[ \t]*([^\r]*)/i.exec(head)?.[1]?.toLowerCase() ?? '';
    this.closes = connection.includes('close') || (start?.[1] === '0' && !connection.includes('keep-alive'));
    if (start === null || this.toHead || status === 204 || status === 304) return true;
    const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1];
    if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(head)) {
      this.place = 'chunk-size';
    } else if (length !== undefined) {
      this.left = Number(length);
      if (this.left === 0) return true;
      this.place = 'body';
    } else {
      this.closes = true;
      this.place = 'until-end';
    }
    return false;
  }

  /** Handles a chunk size or a trailer line; true if the answer is complete. */
  private lineEnded(line: string): boolean {
    if (this.place === 'trailer') {
      if (line !== '') return false;
      this.place = 'head';
      return true;
    }
    const size = Number.parseInt(line, 16);
    if (Number.isNaN(size)) {
      this.refusal = notHttp;
      this.place = 'head';
      return true;
    }
    // A chunk's data is followed by its own line end.
    this.left = size + 2;
    this.place = size === 0 ? 'trailer' : 'chunk';
    return false;
  }

  private bodyPartEnded(): boolean {
    const isBody = this.place === 'body';
    this.place = isBody ? 'head' : 'chunk-size';
    return isBody;
  }
}
