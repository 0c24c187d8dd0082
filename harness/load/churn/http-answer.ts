/**
 * The last whole answer that came in one piece. A server under load sends the same bytes again and again (its
 * Date changes once a second): comparing memory is many times cheaper than parsing text.
 */
let usual: Buffer | null = null;
let usualCloses = false;
let usualRefusal: string | null = null;

/**
 * Finds the end of HTTP/1.1 answers in a stream: head up to the empty line, then Content-Length bytes.
 * Only what a load engine needs of it; an answer without Content-Length ends with the connection.
 */
export class AnswerReader {
  private head = '';
  private bodyLeft = 0;
  private inBody = false;
  /** The answer says that the server will close. */
  serverCloses = false;
  /** `HTTP_502` after an answer with a server error, which says that no request was served. */
  refusal: string | null = null;

  /** Returns how many answers ended within these bytes. */
  push(bytes: Uint8Array): number {
    if (this.head === '' && !this.inBody) {
      if (usual?.equals(bytes)) {
        this.serverCloses = usualCloses;
        this.refusal = usualRefusal;
        return 1;
      }
      const answers = this.parse(bytes);
      if (answers === 1 && this.head === '' && !this.inBody) {
        usual = Buffer.from(bytes);
        usualCloses = this.serverCloses;
        usualRefusal = this.refusal;
      }
      return answers;
    }
    return this.parse(bytes);
  }

  private parse(bytes: Uint8Array): number {
    let text = latin1(bytes);
    let answers = 0;
    while (text !== '') {
      if (this.inBody) {
        const used = Math.min(this.bodyLeft, text.length);
        this.bodyLeft -= used;
        text = text.slice(used);
      } else {
        const from = Math.max(0, this.head.length - 3);
        this.head += text;
        text = '';
        const end = this.head.indexOf('\r\n\r\n', from);
        if (end < 0) continue;
        text = this.head.slice(end + 4);
        this.startBody(this.head.slice(0, end));
        this.head = '';
      }
      if (this.inBody && this.bodyLeft === 0) {
        this.inBody = false;
        answers++;
      }
    }
    return answers;
  }

  private startBody(head: string): void {
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    const status = /^HTTP\/1\.[01] (5\d\d)/.exec(head)?.[1];
    this.refusal = status === undefined ? null : `HTTP_${status}`;
    this.serverCloses = /\r\nconnection: *close/i.test(head);
    this.bodyLeft = length ? Number(length[1]) : Number.POSITIVE_INFINITY;
    this.inBody = true;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
