// Changes one bit of each kernel's result in a scratch copy, builds it, and expects the tests that are meant to see it to turn red. Ends
// with exit code 1 if a change goes unseen. Run: npm run faults [-- --only PATTERN] [--jobs N] [--write]
// [--results FILE], which keeps what was seen, so that a run can be cut short and taken up; with --recorded nothing is run, with --list
// what is left is listed, with --green the tests are not run without a change first, with --quick no test is run where kernelChecks.ts compares.
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { faultGroup, guestFaultGroup, likelyTitles, type FaultGroup } from './faults/faultGroups.ts'
import { apart, type FaultSite, faultSites, faultyFile, mathNames } from './faults/faultSites.ts'
import { faultReport, type FaultResult } from './faults/faultReport.ts'
import { ScratchTree, type TestOutcome } from './faults/scratchTree.ts'
import { whyUnseen } from './faults/unseenFaults.ts'

const REPORT = 'docs/kernel-faults.md'
const FOLDERS = ['ops', 'engine', 'math', 'keccak', 'include'].map((name) => `kernels/${name}`)

interface Fault extends FaultSite {
  readonly place: 'wasm' | 'guest'
  readonly group: FaultGroup
}

function allSites(): FaultSite[] {
  const names = mathNames(readFileSync('kernels/include/opml_math.h', 'utf8'))
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(c|h|inc)$/.test(name))
      .sort()
      .flatMap((name) => faultSites(`${folder}/${name}`, readFileSync(`${folder}/${name}`, 'utf8'), names)),
  )
}

/** Whole kernels first, then a place in each function, then the second of each, so that a run that is cut short has been everywhere. */
function allFaults(): Fault[] {
  const numSeen = new Map<string, number>()
  const faults = allSites().flatMap((site): { fault: Fault; turn: number }[] => {
    const name = `${site.file} ${site.kernel}`
    const turn = site.rule === 'result' ? -1 : (numSeen.get(name) ?? 0)
    if (turn >= 0) numSeen.set(name, turn + 1)
    const guest = guestFaultGroup(site)
    const group = faultGroup(site)
    const isOfModule = group.builds.some((build) => build.includes('/'))
    const first: Fault = { ...site, place: isOfModule ? 'wasm' : 'guest', group }
    const rest: Fault[] = guest === undefined ? [] : [{ ...site, place: 'guest', group: guest }]
    return [first, ...rest].map((fault) => ({ fault, turn }))
  })
  return faults.sort((a, b) => a.turn - b.turn).map(({ fault }) => fault)
}

const labelOf = ({ file, line, kernel, rule, place }: Omit<FaultResult, 'isRed' | 'redTest'>) =>
  `${file}:${line} ${kernel} ${rule} (${place})`

/** Tells a fault from every other one of every state of its function: what else changes in the file does not void a result. */
const keyOf = ({ file, faultyFunction, place }: Fault) =>
  createHash('sha256').update(`${file} ${place} ${faultyFunction}`).digest('hex')

/** Faults that an earlier run, which wrote the file line by line, has seen turn a test red. */
function knownTests(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map()
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return new Map(lines.map((line) => JSON.parse(line) as [string, string]))
}

/** Faults of one file that are built together. */
interface Batch {
  readonly file: string
  readonly faults: readonly Fault[]
}

function batchesOf(faults: readonly Fault[]): Batch[] {
  const files = [...new Set(faults.map(({ file, place }) => `${place} ${file}`))]
  return files.flatMap((name) => {
    const own = faults.filter(({ file, place }) => `${place} ${file}` === name)
    return apart(own).map((list) => ({ file: (own[0] as Fault).file, faults: list }))
  })
}

interface WorkOptions {
  readonly results: FaultResult[]
  /** File of what was seen. */
  readonly file: string
  /** Whether to leave it at comparisons. */
  readonly isQuick: boolean
}

function report(fault: Fault, { isRed, redTest }: TestOutcome, { results, file }: WorkOptions): void {
  results.push({ ...fault, isRed, redTest })
  if (isRed && file !== '') appendFileSync(file, `${JSON.stringify([keyOf(fault), redTest])}\n`)
  console.log(
    `${isRed ? 'seen  ' : 'UNSEEN'} ${labelOf(fault)}: ${isRed ? redTest : `${fault.statement} ${redTest}`} (${results.length} done)`,
  )
}

/** Compares what can be compared; returns the faults that nothing of that sees. */
async function compare(tree: ScratchTree, batch: Batch, options: WorkOptions): Promise<readonly Fault[]> {
  const { file } = batch
  let rest = batch.faults
  for (const check of (batch.faults[0] as Fault).group.checks) {
    if (rest.length === 0) break
    const text = faultyFile(readFileSync(file, 'utf8'), rest)
    const unseen: Fault[] = []
    const faults = rest
    const onOutcome = (i: number, redTest: string | undefined) => {
      const fault = faults[i] as Fault
      if (redTest === undefined) unseen.push(fault)
      else report(fault, { isRed: true, redTest }, options)
    }
    const { isQuick } = options
    await tree.compareFaults({
      file,
      text,
      check,
      numFaults: rest.length,
      likely: likelyTitles(file),
      isQuick,
      onOutcome,
    })
    rest = unseen
  }
  return rest
}

/** Takes batches from the queue until it is empty. */
async function work(queue: Batch[], options: WorkOptions): Promise<void> {
  const tree = new ScratchTree()
  try {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      const rest = await compare(tree, batch, options)
      for (const fault of rest) {
        const { file, faulty: text, group } = fault
        const isOver = options.isQuick && group.checks.length > 0
        report(fault, isOver ? { isRed: false, redTest: '' } : await tree.tryFault({ file, text, ...group }), options)
      }
    }
  } finally {
    tree.close()
  }
}

/** The tests must be green before a red one says anything; kernelChecks.ts sees to that by itself. */
async function checkGreen(faults: readonly Fault[]): Promise<void> {
  const tree = new ScratchTree()
  try {
    const files = [...new Set(faults.flatMap(({ group }) => group.tests.map(([file]) => file as string)))]
    const { isRed, redTest } = await tree.test([files])
    if (isRed) throw new Error(`Red without any change: ${redTest}`)
  } finally {
    tree.close()
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      jobs: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
      results: { type: 'string', default: '' },
      recorded: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      green: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  })
  const faults = allFaults().filter((fault) => new RegExp(values.only).test(labelOf(fault)))
  const queue = faults.filter((fault) => whyUnseen(fault) === undefined)
  const known = knownTests(values.results)
  const results: FaultResult[] = queue.flatMap((fault) => {
    const redTest = known.get(keyOf(fault))
    return redTest === undefined ? [] : [{ ...fault, isRed: true, redTest }]
  })
  const untried = queue.filter((fault) => !known.has(keyOf(fault)))
  if (values.list) return console.log(untried.map((fault) => `${labelOf(fault)}: ${fault.statement}`).join('\n'))
  const rest = values.recorded ? [] : untried
  if (rest.length > 0 && !values.green) await checkGreen(rest)
  const numLeftOut = faults.length - queue.length
  const batches = batchesOf(rest)
  const options = { results, file: values.results, isQuick: values.quick }
  await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(batches, options)))
  const order = new Map(faults.map((fault, i) => [labelOf(fault) + fault.statement, i]))
  const place = (result: FaultResult) => order.get(labelOf(result) + result.statement) ?? 0
  results.sort((a, b) => place(a) - place(b))
  const page = faultReport(results, { numLeftOut, numUntried: queue.length - results.length })
  if (values.write) writeFileSync(REPORT, page)
  else console.log(page)
  const unseen = results.filter(({ isRed }) => !isRed)
  if (unseen.length > 0) process.exitCode = 1
  console.log(`${results.length} faults, ${results.length - unseen.length} seen by a test, ${unseen.length} unseen.`)
}

await main()
