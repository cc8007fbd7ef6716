import type { PageEvent } from '../page/events.ts'

/** Prints what the pages report, in the form of vitest's own summary, and keeps the score. */
export class Scoreboard {
  private readonly print: (line: string) => void
  private readonly counts = { passed: 0, failed: 0, skipped: 0 }
  private inFile = { passed: 0, failed: 0, startMs: 0 }
  private file = ''
  private test: string | undefined

  constructor(print: (line: string) => void) {
    this.print = print
  }

  /** Whether something ran and nothing failed. */
  get isGood(): boolean {
    return this.counts.failed === 0 && this.counts.passed > 0
  }

  /** Where the pages are, for messages. */
  get place(): string {
    return this.test === undefined ? this.file || 'the first page' : `${this.file} > ${this.test}`
  }

  /** Takes in what a page reports; errors with the places of the sources. */
  add(event: PageEvent): void {
    switch (event.kind) {
      case 'fileStart':
        this.file = event.file
        this.inFile = { passed: 0, failed: 0, startMs: performance.now() }
        break
      case 'testStart':
        this.test = event.test
        break
      case 'testEnd':
        this.test = event.test
        this.endTest(event.outcome, event.errors)
        this.test = undefined
        break
      case 'error':
        this.fail([event.text])
        break
      case 'console':
        this.print(`  console.${event.level}: ${event.text}`)
        break
      case 'fileEnd':
        this.endFile()
        break
      case 'broken':
      case 'done':
        break
    }
  }

  /** Counts a failure at the present place. */
  fail(texts: readonly string[]): void {
    this.counts.failed++
    this.inFile.failed++
    this.print(` FAIL  ${this.place}`)
    for (const text of texts) this.print(`${text.replace(/^/gm, '       ')}\n`)
  }

  /** The last line: what `.ci/run` counts. */
  finish(): void {
    const { passed, failed, skipped } = this.counts
    const parts = Object.entries({ failed, passed, skipped }).filter(([name, n]) => n > 0 || name === 'passed')
    const text = parts.map(([name, n]) => `${n} ${name}`).join(' | ')
    this.print(`\n      Tests  ${text} (${passed + failed + skipped})`)
  }

  private endTest(outcome: 'passed' | 'failed' | 'skipped', errors: readonly string[]): void {
    if (outcome === 'failed') {
      this.fail(errors)
      return
    }
    this.counts[outcome]++
    if (outcome === 'passed') this.inFile.passed++
  }

  private endFile(): void {
    const { passed, failed, startMs } = this.inFile
    if (passed + failed === 0) this.fail(['The file has no test.'])
    const mark = this.inFile.failed === 0 ? '✓' : '✗'
    const failedText = this.inFile.failed === 0 ? '' : `, ${this.inFile.failed} failed`
    this.print(` ${mark} ${this.file} (${passed} passed${failedText}) ${Math.round(performance.now() - startMs)} ms`)
  }
}
