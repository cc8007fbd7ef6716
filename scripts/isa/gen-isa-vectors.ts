import type { GeneratedFile } from '../generated.ts'
import { arithmeticCases } from './arithmeticCases.ts'
import { CODE_END, filler, type IsaCase } from './case.ts'
import { jumpCases } from './jumpCases.ts'
import { memoryCases } from './memoryCases.ts'
import type { OracleState } from './oracle.ts'
import { type StepVector, stepVector } from './oracleCommitment.ts'
import { rejectedVectors } from './rejectedVectors.ts'
import { systemCases, trapCases } from './systemCases.ts'
import { unknownCases } from './unknownCases.ts'

function putWord(memory: Map<number, number>, address: number, word: number): void {
  for (let i = 0; i < 4; i++) memory.set(address + i, Math.floor(word / 2 ** (8 * i)) % 256)
}

/** The state before the step of a case: words without meaning fill the code around the instruction. */
export function stateOf(isaCase: IsaCase): OracleState {
  const { pc, word, codeEnd = CODE_END, registers = {} } = isaCase
  const memory = new Map(isaCase.memory)
  const starts = new Set([0, 128, pc - (pc % 128)].filter((start) => start < codeEnd))
  for (const start of starts) for (let at = start; at < start + 128; at += 4) putWord(memory, at, filler(at + 3))
  if (word !== undefined) putWord(memory, pc, word)
  const x = Array.from({ length: 32 }, (_, i) => (i === 0 ? 0n : BigInt(registers[i] ?? filler(i))))
  if (x.some((value) => value < 0n || value >= 1n << 32n))
    throw new RangeError(`"${isaCase.name}": not a register value.`)
  return { pc: BigInt(pc), x, memory }
}

/** All cases by the name of their file. */
export function isaCases(): Map<string, IsaCase[]> {
  const cases = new Map([...arithmeticCases(), ...jumpCases(), ...memoryCases(), ...systemCases()])
  return cases.set('traps', trapCases()).set('unknown', unknownCases())
}

function vectorsOf(cases: readonly IsaCase[]): StepVector[] {
  const names = new Set(cases.map(({ name }) => name))
  if (names.size !== cases.length) throw new Error(`Two cases have one name, near "${cases[0].name}".`)
  return cases.map((c) => stepVector({ name: c.name, note: c.note, state: stateOf(c), codeEnd: c.codeEnd ?? CODE_END }))
}

function fileText(vectors: readonly StepVector[]): string {
  const lines = vectors.map((vector) => JSON.stringify(vector))
  return `{"format":"opml.isa.1","vectors":[\n${lines.join(',\n')}\n]}\n`
}

/** `vectors/isa`: one file an instruction, traps, unknown encodings, and witnesses that must be refused. */
export function generateIsaVectors(): GeneratedFile[] {
  const files = [...isaCases()].map(([name, cases]) => ({
    path: `vectors/isa/${name}.json`,
    content: fileText(vectorsOf(cases)),
  }))
  return [...files, { path: 'vectors/isa/rejected/witness.json', content: fileText(rejectedVectors()) }]
}
