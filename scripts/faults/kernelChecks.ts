// The comparisons of the tests in test/differential of operators, of the engine and of numerics, without the machinery of tests, on modules
// with several faults of which one at a time happens (`faultyFile` in faultSites.ts). Runs in a scratch tree. Arguments: which comparisons,
// whether all or the likely ones, the first
// and the last fault, parts of titles of the likely ones. Prints lines of JSON: the title of a comparison as it begins,
// and for each fault the one that saw it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { PortableKernels } from 'opml/engine'
import { OPERATOR_TABLE, type Operator } from 'opml/ops'
import { testEngine } from '#differential/engineProgram.js'
import { ENGINE_CHECKS, ENGINE_WAYS } from '#differential/samples/engineChecks.js'
import { differingSample } from '#differential/samples/portableCheck.js'
import { drawSamples, referenceBytes } from '#differential/samples/reference.js'
import type { Sample } from '#differential/samples/sample.js'
import { FIXED_SAMPLES, SAMPLERS } from '#differential/samples/samplers.js'
import { randomOperands } from '../math/numericsInputs.ts'
import { NUMERICS_RULES } from '../math/numericsRules.ts'
import { checkVectors, differences } from '../math/numericsVectors.ts'
import { wasmTargets } from '../math/wasmTargets.ts'

const SAMPLES_EACH = 200

interface Check {
  readonly title: string
  readonly isRight: () => boolean | Promise<boolean>
}

/** What the reference says, kept in a file: no kernel changes it. */
function expectedOf(name: string, samples: readonly Sample[]): Uint8Array[] {
  const file = `expected/${name}.json`
  if (existsSync(file)) {
    const texts = JSON.parse(readFileSync(file, 'utf8')) as string[]
    return texts.map((text) => Buffer.from(text, 'base64'))
  }
  const expected = samples.map((sample) => referenceBytes(sample, OPERATOR_TABLE.named(name) as Operator))
  mkdirSync('expected', { recursive: true })
  writeFileSync(file, JSON.stringify(expected.map((bytes) => Buffer.from(bytes).toString('base64'))))
  return expected
}

const portableChecks = Object.entries(SAMPLERS).map(
  ([name, sampler]): Check => ({
    title: `test/differential/operators.test.ts: ${name} differential: the portable kernels give the bits of the reference, block by block`,
    isRight: () => {
      const samples = [...drawSamples(sampler, SAMPLES_EACH).samples, ...(FIXED_SAMPLES[name] ?? [])]
      const operator = OPERATOR_TABLE.named(name) as Operator
      const expected = expectedOf(name, samples)
      return differingSample(new PortableKernels(), { samples, expected, operator }) === undefined
    },
  }),
)

const engineChecks = ENGINE_WAYS.filter(({ numThreads }) => numThreads === 1).flatMap(
  ({ numThreads, compilesStrips }) =>
    ENGINE_CHECKS.map(
      ({ title, differences }): Check => ({
        title: `test/differential/engine.test.ts: with ${numThreads} threads, micro-ops compiled: ${compilesStrips}, ${title}`,
        isRight: async () => {
          const engine = testEngine(numThreads, { compilesStrips })
          const different = await differences(engine)
          engine.close()
          return different.length === 0
        },
      }),
    ),
)

const mathChecks = ['WASM scalar', 'WASM SIMD'].flatMap((name, target) => {
  const { a, b } = randomOperands(5003, 20250602)
  const targetOf = () => wasmTargets()[target as 0 | 1]
  return NUMERICS_RULES.filter(targetOf().has).flatMap((rule): Check[] => [
    {
      title: `test/differential/numerics.test.ts: '${name}' vector: '${rule.name}'`,
      isRight: () => checkVectors(rule, targetOf()).wrong.length === 0,
    },
    {
      title: `test/differential/numerics.test.ts: '${name}' differential: '${rule.name}' equals TypeScript on random words`,
      isRight: () => differences(a, targetOf().apply(rule, a, b), rule.apply(a, b)).length === 0,
    },
  ])
})

/** Every new instance of a module is at this fault; 0 is none. */
let faultNumber = 0
const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(...p: ConstructorParameters<typeof Instance>) {
    super(...p)
    const { set_fault_number: set } = this.exports
    if (typeof set === 'function') set(faultNumber)
  }
}

/** Whether a comparison sees the fault; one that fails by itself ends everything. */
async function sees(check: Check, number: number): Promise<boolean> {
  faultNumber = number
  console.log(JSON.stringify({ begin: check.title }))
  try {
    return !(await check.isRight())
  } catch (error) {
    console.error(check.title, number, error)
    if (error instanceof WebAssembly.RuntimeError) return true // a kernel that leaves its memory
    throw error
  }
}

const [kind, extent, first, last, ...likely] = process.argv.slice(2)
const placeOf = ({ title }: Check) => {
  const at = likely.findIndex((part) => title.includes(part))
  return at < 0 ? likely.length : at
}
const all = kind === 'portable' ? portableChecks : kind === 'math' ? mathChecks : engineChecks
let checks = all
  .filter((check) => extent === 'all' || placeOf(check) < likely.length)
  .sort((a, b) => placeOf(a) - placeOf(b))
const known = new Set<Check>()

for (let number = Number(first); number <= Number(last); number++) {
  let seenBy: Check | undefined
  for (const check of checks) {
    if (!known.has(check) && (await sees(check, 0))) throw new Error(`Red without any change: ${check.title}`)
    known.add(check)
    if (!(await sees(check, number))) continue
    seenBy = check
    break
  }
  console.log(JSON.stringify({ seen: seenBy?.title ?? null }))
  if (seenBy !== undefined) checks = [seenBy, ...checks.filter((check) => check !== seenBy)] // it is likely to see the next one
}
process.exit(0)
