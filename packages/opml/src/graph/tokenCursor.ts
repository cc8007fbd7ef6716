import { ProgramTextError } from './errors.ts'

/** One word of a program's text. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'mark' | 'end'
  readonly text: string
  /** Place of its first character in the text. */
  readonly at: number
}

// Every repetition is bounded, so that no text is slow or deep to match.
const NUMBER = /-?(?:[0-9]{1,60}(?:\.[0-9]{1,60})?(?:e[+-]?[0-9]{1,9})?|inf|nan(?::0x[0-9a-f]{1,6})?)(?![A-Za-z0-9_.])/y
const WORD = /[A-Za-z][A-Za-z0-9_.]{0,99}(?![A-Za-z0-9_.])/y
const MARKS = '@$%=:,;|()[]{}'
const SHOWN_CHARACTERS = 30

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Past blanks, line ends, and comments from `//` to the end of the line. */
function skipBlanks(text: string, start: number): number {
  let at = start
  for (;;) {
    while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++
    if (!text.startsWith('//', at)) return at
    const end = text.indexOf('\n', at)
    at = end < 0 ? text.length : end
  }
}

/** Place behind the closing quote of the string that starts at `start`; undefined when its line has none. */
function stringEnd(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length && text.charAt(at) !== '\n'; at++) {
    if (text.charAt(at) === '"') return at + 1
    if (text.charAt(at) === '\\') at++
  }
  return undefined
}

/** Reads the text of a program token by token; every failure names line and column. */
export class TokenCursor {
  private readonly text: string
  private next: Token

  constructor(text: string) {
    this.text = text
    this.next = this.scan(0)
  }

  /** The error of a token. Cost is that of counting lines: make it only to throw it. */
  fault(message: string, token: Token): ProgramTextError {
    const lineStart = token.at === 0 ? 0 : this.text.lastIndexOf('\n', token.at - 1) + 1
    let line = 1
    for (let at = this.text.indexOf('\n'); at >= 0 && at < lineStart; at = this.text.indexOf('\n', at + 1)) line++
    return new ProgramTextError({ line, column: token.at - lineStart + 1, message })
  }

  private take(): Token {
    const token = this.next
    this.next = this.scan(token.at + token.text.length)
    return token
  }

  /** Whether the next token is this word or mark. */
  sees(text: string): boolean {
    return this.next.text === text && (this.next.kind === 'word' || this.next.kind === 'mark')
  }

  /** Whether the next token is any word. */
  seesWord(): boolean {
    return this.next.kind === 'word'
  }

  /** Whether there is no token left. */
  isAtEnd(): boolean {
    return this.next.kind === 'end'
  }

  /** Takes the next token if it is this word or mark. */
  accepts(text: string): boolean {
    const isSeen = this.sees(text)
    if (isSeen) this.take()
    return isSeen
  }

  /** Takes this word or mark. @throws {ProgramTextError} */
  expect(text: string): void {
    if (!this.accepts(text)) throw this.unexpected(`"${text}"`)
  }

  /** The error of a next token that is not what was expected. */
  unexpected(wanted: string): ProgramTextError {
    const { kind, text } = this.next
    const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
    return this.fault(`expected ${wanted}, got ${kind === 'end' ? 'the end' : `"${shown}"`}.`, this.next)
  }

  /** Takes a word or number that `read` knows. @throws {ProgramTextError} naming what was wanted. */
  read<T>(kind: 'word' | 'number', wanted: string, read: (text: string) => T | undefined): T {
    const value = this.next.kind === kind ? read(this.next.text) : undefined
    if (value === undefined) throw this.unexpected(wanted)
    this.take()
    return value
  }

  /** Takes a whole number below 2^53 in magnitude. */
  integer(): number {
    return this.read('number', 'a whole number', (text) => {
      const value = Number(text)
      return /^(?:0|-?[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(value) ? value : undefined
    })
  }

  /** Takes a quoted string, with the escapes of JSON. */
  string(): string {
    if (this.next.kind !== 'string') throw this.unexpected('a string')
    const token = this.take()
    try {
      return String(JSON.parse(token.text))
    } catch (error) {
      if (error instanceof SyntaxError) throw this.fault('the string is not written as in JSON.', token)
      throw error
    }
  }

  /** Takes items up to `close`, with commas between them. */
  list<T>(close: string, item: () => T): T[] {
    const items: T[] = []
    if (this.accepts(close)) return items
    do items.push(item())
    while (this.accepts(','))
    this.expect(close)
    return items
  }

  private scan(start: number): Token {
    const at = skipBlanks(this.text, start)
    if (at >= this.text.length) return { kind: 'end', text: '', at: this.text.length }
    if (this.text.charAt(at) === '"') return this.scanString(at)
    const number = matchAt(NUMBER, this.text, at)
    if (number !== undefined) return { kind: 'number', text: number, at }
    const word = matchAt(WORD, this.text, at)
    if (word !== undefined) return { kind: 'word', text: word, at }
    return this.scanMark(at)
  }

  private scanString(at: number): Token {
    const end = stringEnd(this.text, at)
    const token: Token = { kind: 'string', text: this.text.slice(at, end ?? at + 1), at }
    if (end === undefined) throw this.fault('the string has no end on its line.', token)
    return token
  }

  private scanMark(at: number): Token {
    const token: Token = { kind: 'mark', text: this.text.charAt(at), at }
    if (MARKS.includes(token.text)) return token
    throw this.fault(`nothing starts with ${JSON.stringify(token.text)} here.`, token)
  }
}
