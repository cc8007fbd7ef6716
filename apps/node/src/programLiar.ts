import { bytesEqual } from 'opml/core'
import { type Dtype, type Operand, type Program, type Section, type TappedOutput, tensorBytes } from 'opml/graph'
import type { ProgramRun, ReplayableRun } from 'opml/trace'
import { FaultNotFoundError } from './errors.ts'
import type { FaultSpec } from './faultSpec.ts'
import type { MachineLie } from './lyingProgramTrace.ts'
import type { KnownProgramModel } from './modelLibrary.ts'
import type { ProgramRuns } from './programRuns.ts'

/** A liar's run of a tensor program. */
export interface LiedProgramRun {
  /** What the history says. */
  readonly run: ProgramRun | ReplayableRun
  /** What is posted. */
  readonly outputs: readonly Uint8Array[]
  readonly machineLie: MachineLie
  /** It posts its answer and does not play for it: its own history would say another. */
  readonly isSilent: boolean
}

/** A task to be lied about. */
export interface LiedTask {
  readonly model: KnownProgramModel
  readonly inputs: readonly Uint8Array[]
  readonly runs: ProgramRuns
}

/**
 * The run that a fault makes. For tests, demonstrations and `opml dispute` alone.
 *
 * @throws {FaultNotFoundError} when the program has no such place, or the fault leaves the answer as it is.
 */
export async function liedRun(fault: FaultSpec, task: LiedTask): Promise<LiedProgramRun> {
  switch (fault.kind) {
    case 'weight':
      return await weightRun(fault, task)
    case 'block':
      return await tappedLie(task, blockChange(task.model.program, fault))
    case 'operand':
      return await plainRun(task, withoutOperand(task.model, fault))
    case 'output': {
      const { runs, model, inputs } = task
      const outputs = await runs.outputs(model, inputs)
      const run = runs.traced(model, inputs)
      return { run, outputs: changedLast(outputs), machineLie: 'none', isSilent: true }
    }
    case 'garbage':
      return await garbageRun(fault.output, task)
    case 'halt':
      return await haltRun(fault.when, task)
    case 'vm-bad':
      return await tappedLie(task, blockChange(task.model.program, lastNodePlace(task.model.program)))
    case 'vm-right': {
      const lie = await tappedLie(task, blockChange(task.model.program, lastNodePlace(task.model.program)))
      return { ...lie, machineLie: 'none' }
    }
  }
}

/** The run of a stranger who defends the right history with a wrong run of the machine. */
export function strangersRun({ model, inputs, runs }: LiedTask): Omit<LiedProgramRun, 'outputs'> {
  return { run: runs.traced(model, inputs), machineLie: 'on the way', isSilent: false }
}

/** Bits that a weight fault tries: high ones, for a low bit of a weight seldom matters. */
const MAX_WEIGHTS_TRIED = 64

async function weightRun(fault: Extract<FaultSpec, { kind: 'weight' }>, task: LiedTask): Promise<LiedProgramRun> {
  const { model, inputs, runs } = task
  const honest = await runs.outputs(model, inputs)
  for (const { constant, bit } of weightBits(fault, model)) {
    const changed = withBit(model, constant, bit)
    const outputs = await runs.outputs(changed, inputs)
    if (!isSame(outputs, honest))
      return { run: runs.traced(changed, inputs), outputs, machineLie: 'to the claimed block', isSilent: false }
    runs.unload(changed)
  }
  throw new FaultNotFoundError({ what: 'bit of a weight that changes the answer' })
}

/** The bit that was asked for, or high bits of elements in the middle of each constant. */
function* weightBits(
  { constant, bit }: Extract<FaultSpec, { kind: 'weight' }>,
  { program, constants }: KnownProgramModel,
): Generator<{ constant: number; bit: number }> {
  let numTried = 0
  for (const [index, bytes] of constants.entries()) {
    const isWanted = (constant === undefined || constant === index) && bytes.length > 0
    if (!isWanted || numTried >= MAX_WEIGHTS_TRIED) continue
    const wanted = bit ?? middleBit(bytes.length, program.constants[index]?.dtype ?? 'u8')
    if (wanted >= bytes.length * 8) throw new FaultNotFoundError({ what: `bit ${wanted} in constant ${index}` })
    numTried++
    yield { constant: index, bit: wanted }
  }
  if (constant !== undefined && constant >= constants.length)
    throw new FaultNotFoundError({ what: `constant ${constant}` })
}

/** The second highest bit of the element in the middle: a float's exponent, an integer's magnitude. */
function middleBit(numBytes: number, dtype: Dtype): number {
  const size = tensorBytes([1], dtype)
  const element = Math.floor(numBytes / size / 2)
  return (element * size + size - 1) * 8 + 6
}

function withBit(model: KnownProgramModel, constant: number, bit: number): KnownProgramModel {
  const constants = model.constants.map((bytes, i) => (i === constant ? flipped(bytes, bit) : bytes))
  return { ...model, modelId: `${model.modelId}/${constant}/${bit}`, constants }
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

/** A fault that is in another program, run as it is. */
async function plainRun(task: LiedTask, changed: KnownProgramModel): Promise<LiedProgramRun> {
  const { model, inputs, runs } = task
  const outputs = await runs.outputs(changed, inputs)
  if (isSame(outputs, await runs.outputs(model, inputs)))
    throw new FaultNotFoundError({ what: 'change of the answer by this fault' })
  return { run: runs.traced(changed, inputs), outputs, machineLie: 'to the claimed block', isSilent: false }
}

/** The program with zeros in the place of an operand. */
function withoutOperand(model: KnownProgramModel, fault: Extract<FaultSpec, { kind: 'operand' }>): KnownProgramModel {
  const { program } = model
  const { section, node } = placeOf(program, fault.node)
  const operand = program.sections[section]?.nodes[node]?.operands[fault.slot]
  if (operand === undefined)
    throw new FaultNotFoundError({ what: `operand ${'abc'[fault.slot] ?? '?'} of node ${fault.node}` })
  const type = operandType(model, { section, operand })
  const ref = { kind: 'constant', index: program.constants.length } as const
  const sections = program.sections.map((one, s) =>
    s !== section
      ? one
      : {
          ...one,
          nodes: one.nodes.map((old, n) => {
            const operands = old.operands.map((o, slot) => (slot === fault.slot ? { ...operand, ref } : o))
            // SAFETY: as many operands as before.
            return n === node ? { ...old, operands: operands as unknown as typeof old.operands } : old
          }),
        },
  )
  return {
    ...model,
    modelId: `${model.modelId}/${fault.node}/${fault.slot}`,
    program: { ...program, sections, constants: [...program.constants, { name: 'zeros', ...type }] },
    constants: [...model.constants, new Uint8Array(tensorBytes(type.shape, type.dtype))],
  }
}

/** dtype and shape of what an operand refers to. */
function operandType(
  { program }: KnownProgramModel,
  p: { section: number; operand: Operand },
): { dtype: Dtype; shape: readonly number[] } {
  const { ref } = p.operand
  const nodeType = (section: number, index: number) => program.sections[section]?.nodes[index]
  const found =
    ref.kind === 'constant'
      ? program.constants[ref.index]
      : ref.kind === 'input'
        ? program.inputs[ref.index]
        : ref.kind === 'section'
          ? nodeType(ref.section, ref.index)
          : ref.kind === 'zero'
            ? undefined
            : nodeType(p.section, ref.index)
  if (found === undefined) throw new FaultNotFoundError({ what: 'tensor behind that operand' })
  return { dtype: found.dtype, shape: found.shape }
}

/** What a lie does to an output in the engine's memory, from where the run goes on; the history gets what it is then. */
type MemoryChange = (output: TappedOutput) => void

/** A fault that is put into the memory of the engine while it runs. */
async function tappedLie(task: LiedTask, change: MemoryChange): Promise<LiedProgramRun> {
  const { model, inputs, runs } = task
  const honest = await runs.outputs(model, inputs)
  const run: ProgramRun = (tap) =>
    runs.tapped(
      model,
      inputs,
    )((output) => {
      change(output)
      tap(output)
    })
  const outputs = await outputsOf(model.program, run)
  if (isSame(outputs, honest)) throw new FaultNotFoundError({ what: 'change of the answer by this fault' })
  return { run, outputs, machineLie: 'to the claimed block', isSilent: false }
}

/** The outputs of a program as a history has them. */
async function outputsOf(program: Program, run: ProgramRun): Promise<Uint8Array[]> {
  const ranges = sectionRanges(program)
  const found: (Uint8Array | undefined)[] = program.outputs.map(() => undefined)
  await run(({ position, node, bytes }) => {
    for (const [i, output] of program.outputs.entries()) {
      const range = ranges[output.section]
      const isOf = range !== undefined && position >= range.first && position <= range.last && node === output.node
      // The last one that was computed stands to the end of its section.
      if (isOf) found[i] = bytes.slice(0, tensorBytes(output.shape, output.dtype))
    }
  })
  return found.map((bytes) => bytes ?? new Uint8Array(0))
}

function blockChange(program: Program, fault: { node: number; block: number; step: number }): MemoryChange {
  const { section, node } = placeOf(program, fault.node)
  const { shape, dtype } = nodeAt(program, section, node)
  const range = sectionRanges(program)[section]
  if (fault.block * 128 >= tensorBytes(shape, dtype))
    throw new FaultNotFoundError({ what: `block ${fault.block} in the output of node ${fault.node}` })
  const position = (range?.first ?? 0) + fault.step
  if (range === undefined || position > range.last)
    throw new FaultNotFoundError({ what: `step ${fault.step} of the section of node ${fault.node}` })
  // A high bit of the block's first element: a float's exponent, an integer's magnitude.
  const at = fault.block * 128 + tensorBytes([1], dtype) - 1
  return (output) => {
    if (output.position === position && output.node === node) output.bytes[at] = (output.bytes[at] ?? 0) ^ 0x40
  }
}

/** The first block of the node behind the last output, at the first step. */
function lastNodePlace(program: Program): { node: number; block: number; step: number } {
  const output = program.outputs.at(-1)
  if (output === undefined) throw new FaultNotFoundError({ what: 'output' })
  const before = program.sections.slice(0, output.section).reduce((sum, { nodes }) => sum + nodes.length, 0)
  return { node: before + output.node, block: 0, step: 0 }
}

async function garbageRun(output: number, task: LiedTask): Promise<LiedProgramRun> {
  const { model, inputs, runs } = task
  const wanted = model.program.outputs[output]
  if (wanted === undefined) throw new FaultNotFoundError({ what: `output ${output}` })
  const length = tensorBytes(wanted.shape, wanted.dtype)
  const full = Math.ceil(length / 128) * 128
  const room = 128 * 2 ** model.model.blockHeight
  // A block of its own where the tree has one, else the end of the last block.
  const at = full < room ? full : length
  if (at >= room) throw new FaultNotFoundError({ what: `place behind output ${output}` })
  const { first = 0, last = 0 } = sectionRanges(model.program)[wanted.section] ?? {}
  const run: ProgramRun = (tap) =>
    runs.tapped(
      model,
      inputs,
    )((one) => {
      const isOutput = one.position >= first && one.position <= last && one.node === wanted.node
      tap(isOutput ? { ...one, bytes: withGarbage(one.bytes, at) } : one)
    })
  const outputs = await runs.outputs(model, inputs)
  return { run, outputs, machineLie: 'to the claimed block', isSilent: false }
}

/** `bytes`, zeros up to byte `at`, and there a 1. */
function withGarbage(bytes: Uint8Array, at: number): Uint8Array {
  const longer = new Uint8Array(at + 1)
  longer.set(bytes)
  longer[at] = 1
  return longer
}

async function haltRun(when: 'early' | 'late', task: LiedTask): Promise<LiedProgramRun> {
  const { model, inputs, runs } = task
  const { program } = model
  const section = program.sections.findIndex(({ haltNode }) => haltNode !== undefined)
  const range = sectionRanges(program)[section]
  if (range === undefined) throw new FaultNotFoundError({ what: 'section with a halt' })
  let halted = range.first
  await runs.tapped(
    model,
    inputs,
  )(({ position }) => {
    if (position >= range.first && position <= range.last) halted = Math.max(halted, position)
  })
  const from = when === 'early' ? halted - 1 : halted
  if (from < range.first || (when === 'late' && halted === range.last))
    throw new FaultNotFoundError({ what: `step at which the section could halt too ${when}` })
  const { haltNode = 0, nodes } = range.section
  const change = (): MemoryChange => {
    let word: Uint8Array | undefined
    return ({ position, node, bytes }) => {
      if (position !== from) return
      if (node === haltNode) word = bytes.subarray(0, 4)
      // After the step's last node: what the engine asks before the next step is another than the history has.
      if (node === nodes.length - 1) word?.fill(when === 'early' ? 1 : 0)
    }
  }
  const honest = await runs.outputs(model, inputs)
  const run: ProgramRun = (tap) => {
    const after = change()
    return runs.tapped(
      model,
      inputs,
    )((output) => {
      tap(output)
      after(output)
    })
  }
  const outputs = await outputsOf(program, run)
  if (isSame(outputs, honest)) throw new FaultNotFoundError({ what: `change of the answer by a halt too ${when}` })
  return { run, outputs, machineLie: 'to the claimed block', isSilent: false }
}

/** The outputs with a bit of the last one changed. */
function changedLast(outputs: readonly Uint8Array[]): Uint8Array[] {
  const index = outputs.findLastIndex((bytes) => bytes.length > 0)
  if (index < 0) throw new FaultNotFoundError({ what: 'output with bytes' })
  return outputs.map((bytes, i) => (i === index ? flipped(bytes, 6) : bytes))
}

function isSame(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.every((bytes, i) => bytesEqual(bytes, b[i] ?? new Uint8Array(0)))
}

/** A section with its step positions. */
interface SectionRange {
  readonly section: Section
  readonly first: number
  readonly last: number
}

function sectionRanges({ sections }: Program): SectionRange[] {
  let first = 0
  return sections.map((section) => {
    const range = { section, first, last: first + section.steps - 1 }
    first += section.steps
    return range
  })
}

/** @throws {FaultNotFoundError} */
function placeOf({ sections }: Program, number: number): { section: number; node: number } {
  let rest = number
  for (const [section, { nodes }] of sections.entries()) {
    if (rest < nodes.length) return { section, node: rest }
    rest -= nodes.length
  }
  throw new FaultNotFoundError({ what: `node ${number}` })
}

function nodeAt(program: Program, section: number, node: number): Section['nodes'][number] {
  const found = program.sections[section]?.nodes[node]
  if (found === undefined) throw new FaultNotFoundError({ what: `node ${node} in section ${section}` })
  return found
}
