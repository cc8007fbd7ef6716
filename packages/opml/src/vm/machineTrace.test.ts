import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../core/bytes.ts'
import { hashPair, keccak256 } from '../core/keccak.ts'
import { rootFromProof, verifyProof } from '../core/merkleProof.ts'
import { slotRoot } from '../core/merkleSlot.ts'
import { zeroHash } from '../core/merkleZero.ts'
import { CodeTree } from './codeTree.ts'
import { Interpreter } from './interpreter.ts'
import type { Machine, MachineImage, MachineStart } from './machine.ts'
import { MachineTrace, type MachineTraceOptions } from './machineTrace.ts'
import { EXAMPLE_DATA, EXAMPLE_SLOTS, exampleImage, exampleSteps } from './machineTraceExample.ts'
import { flipMemoryBits, setRegister } from './machineTraceFault.ts'
import { FAILED_RESULT, type TaskFinal, taskRun } from './taskRun.ts'
import { MemoryTree } from './memoryTree.ts'
import { stateHash } from './stateHash.ts'
import { Translator } from './translator/translator.ts'
import { replayStep } from './witness.ts'

const INPUT = Uint8Array.of(7, 1, 0, 0, 99)
const ROUNDS = 60
const HEIGHTS = { coarseHeight: 5, fineHeight: 4 } // 512 steps; the run has 313 and halts in stride 19

const interpreter = (start: MachineStart) => new Interpreter(start)

type TraceOptions = Partial<MachineTraceOptions<TaskFinal>> & {
  readonly image?: MachineImage
  readonly input?: Uint8Array
}

function traceOf({ image, input, ...options }: TraceOptions = {}): MachineTrace<TaskFinal> {
  const run = taskRun(image ?? exampleImage({ rounds: ROUNDS }), input ?? INPUT)
  return new MachineTrace({ run, ...HEIGHTS, createMachine: interpreter, ...options })
}

/** Every state hash of the run, the initial one first, each from a memory tree built anew: spec/05 word for word. */
function statesByHand(numSteps: number, rounds = ROUNDS): string[] {
  const machine = new Interpreter(exampleImage({ rounds }))
  machine.memory.write(0x4000_0000, Uint8Array.of(INPUT.length, 0, 0, 0, ...INPUT))
  const pages = new Set<number>()
  const states: string[] = []
  for (let i = 0; i <= numSteps; i++) {
    for (const page of machine.memory.takeDirtyPages()) pages.add(page)
    const segments = [...pages].map((page) => ({ address: page * 4096, bytes: machine.memory.read(page * 4096, 4096) }))
    states.push(bytesToHex(stateHash(machine.registers, new MemoryTree(segments).root())))
    machine.run(1)
  }
  return states
}

/** The root over all 2^height leaves, written out. */
function rootByHand(leaves: readonly string[]): string {
  let level: Uint8Array[] = leaves.map((leaf) => Uint8Array.from(Buffer.from(leaf.slice(2), 'hex')))
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) => hashPair(level[2 * i], level[2 * i + 1]))
  }
  return bytesToHex(level[0])
}

describe('MachineTrace', () => {
  const byHand = statesByHand(512)

  test('default: coarse and fine roots are those of every state written out', () => {
    const trace = traceOf()
    expect(bytesToHex(trace.initialStateHash)).toBe(byHand[0])
    expect(trace.numSteps()).toBe(exampleSteps(ROUNDS))
    const coarse = Array.from({ length: 32 }, (_, k) => byHand[16 * (k + 1)])
    expect(bytesToHex(trace.coarseTree().root())).toBe(rootByHand(coarse))
    for (const stride of [0, 31, 19, 18, 20, 1, 7, 19]) {
      const fine = Array.from({ length: 16 }, (_, p) => byHand[16 * stride + p + 1])
      expect(bytesToHex(trace.fineTree(stride).root()), `stride ${stride}`).toBe(rootByHand(fine))
      expect(trace.fineTree(stride).node(0, 15)).toEqual(trace.coarseTree().node(0, stride))
      expect(bytesToHex(trace.stateHashBefore(stride))).toBe(byHand[16 * stride])
    }
  })

  test('property: executor, order of calls and memory for checkpoints change no bit', () => {
    for (const maxCheckpointBytes of [0, 8192, 20_000, 2 ** 27]) {
      for (const createMachine of [
        interpreter,
        (start: MachineStart) => new Translator(start, { hotThreshold: 0, interpretedSteps: 0 }),
      ]) {
        const trace = traceOf({ createMachine, maxCheckpointBytes })
        for (const stride of [19, 3, 12, 4, 0, 18, 2]) {
          const fine = trace.fineTree(stride)
          for (let p = 0; p < 16; p++) expect(bytesToHex(fine.node(0, p))).toBe(byHand[16 * stride + p + 1])
        }
      }
    }
  })

  test('property: the run can be made in slices', () => {
    const trace = traceOf()
    let numSlices = 1
    while (!trace.advance(3)) numSlices++
    expect(numSlices).toBe(7)
    expect(trace.advance(1)).toBe(true)
    expect(bytesToHex(trace.coarseTree().node(0, 4))).toBe(byHand[80])
  })

  test('property: the witness of every step, past the halt too, leads from each state to the next', () => {
    const trace = traceOf()
    const codeRoot = new CodeTree(exampleImage({ rounds: ROUNDS })).root()
    for (let step = 0; step < 320; step += 3) {
      const witness = trace.witness(step)
      const next = replayStep({ prestateHash: keccak256(witness.slice(0, 160)), witness, codeEnd: 128, codeRoot })
      expect(bytesToHex(keccak256(witness.slice(0, 160))), `step ${step}`).toBe(byHand[step])
      expect(bytesToHex(next), `step ${step}`).toBe(byHand[step + 1])
    }
  })

  test('property: code is proven in the image without the input, even where the slot lies inside the code tree', () => {
    const example = exampleImage({ rounds: 3 })
    const image = { ...example, codeEnd: 384, input: { address: 384, height: 0 } }
    const trace = new MachineTrace({ run: taskRun(image, INPUT), ...HEIGHTS, createMachine: interpreter })
    const witness = trace.witness(0)
    const prestateHash = keccak256(witness.slice(0, 160))
    const codeRoot = new CodeTree(image).root()
    expect(replayStep({ prestateHash, witness, codeEnd: 384, codeRoot })).toEqual(trace.fineTree(0).node(0, 0))
  })

  test('property: the initial state follows from image root, input root and slot siblings, as the contract derives it', () => {
    const trace = traceOf()
    const image = exampleImage({ rounds: ROUNDS })
    const position = 0x4000_0000 / (128 * 4)
    const siblings = Array.from({ length: 23 }, (_, i) => trace.startProof.subarray(32 * i, 32 * i + 32))
    const imageRoot = new MemoryTree(image.segments).root()
    expect(trace.startProof).toHaveLength(23 * 32)
    expect(verifyProof({ node: zeroHash(2), position, siblings }, { root: imageRoot, height: 23 })).toBe(true)
    const memoryRoot = rootFromProof({ node: slotRoot(INPUT, 2), position, siblings })
    expect(stateHash(new Uint32Array(32), memoryRoot)).toEqual(trace.initialStateHash)
  })

  test('edge: heights 40 and 20 cost no more than the run', () => {
    const trace = traceOf({ coarseHeight: 40, fineHeight: 20 })
    const last = 2 ** 40 - 1
    const tree = trace.coarseTree()
    expect(bytesToHex(tree.node(0, 0))).toBe(byHand[512])
    const proof = { node: tree.node(0, last), position: last, siblings: tree.siblings(0, last) }
    expect(verifyProof(proof, { root: tree.root(), height: 40 })).toBe(true)
    expect(bytesToHex(trace.fineTree(0).node(0, 100))).toBe(byHand[101])
    expect(bytesToHex(trace.fineTree(last).node(20, 0))).toBe(bytesToHex(trace.fineTree(5).root()))
    const witness = trace.witness(2 ** 60)
    expect(witness.length).toBe(160)
    expect(bytesToHex(keccak256(witness))).toBe(byHand[512])
  })

  test('edge: a halt on the last step of a stride', () => {
    const image = exampleImage({ rounds: 7 }) // 48 steps
    const trace = new MachineTrace({ run: taskRun(image, INPUT), ...HEIGHTS, createMachine: interpreter })
    const states = statesByHand(64, 7)
    expect(trace.numSteps()).toBe(48)
    expect(bytesToHex(trace.fineTree(2).node(0, 14))).toBe(states[47])
    expect(bytesToHex(trace.coarseTree().node(0, 2))).toBe(states[48])
    expect(bytesToHex(trace.coarseTree().node(0, 3))).toBe(states[48])
  })

  test('error: questions outside the trees', () => {
    expect(() => traceOf().fineTree(32)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 5 has no node of index 32 at height 0.]`,
    )
    expect(() => traceOf().fineTree(-1)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 5 has no node of index -1 at height 0.]`,
    )
  })

  test('error: heights out of range, a run longer than allowed, an input that does not fit, data in the input slot', () => {
    expect(() => traceOf({ coarseHeight: 41 })).toThrowErrorMatchingInlineSnapshot(
      `[TraceHeightError: The coarse trace has height 41; it must be an integer from 1 to 40.]`,
    )
    expect(() => traceOf({ fineHeight: 21 })).toThrowErrorMatchingInlineSnapshot(
      `[TraceHeightError: The fine trace has height 21; it must be an integer from 0 to 20.]`,
    )
    expect(() => traceOf({ maxCoarseLeaves: 10 }).coarseTree()).toThrowErrorMatchingInlineSnapshot(
      `[TraceTooLongError: The run did not halt within 10 strides of 2^4 instructions.]`,
    )
    expect(() => traceOf({ input: new Uint8Array(509) })).toThrowErrorMatchingInlineSnapshot(
      `[SlotOverflowError: 509 bytes do not fit a slot of height 2, which holds 508 bytes.]`,
    )
    const image = exampleImage({ rounds: 1 })
    const segments = [...image.segments, { address: 0x4000_01ff, bytes: Uint8Array.of(1) }]
    expect(() => traceOf({ image: { ...image, segments } })).toThrowErrorMatchingInlineSnapshot(
      `[InputSlotNotEmptyError: The image is not zero in its input slot at 0x40000000.]`,
    )
  })

  test('error: an executor that disagrees with the step function is found out', () => {
    const createMachine = (start: MachineStart): Machine => {
      const machine = new Interpreter(start)
      const honestRun = machine.run.bind(machine)
      machine.run = (maxSteps) => {
        const numSteps = honestRun(maxSteps)
        machine.registers[31] ^= 1
        return numSteps
      }
      return machine
    }
    expect(() => traceOf({ createMachine }).fineTree(2)).toThrowErrorMatchingInlineSnapshot(
      `[ExecutorMismatchError: The executor and the step function disagree on the state after coarse leaf 2.]`,
    )
  })
})

describe('final state', () => {
  const finalOf = (ending: Parameters<typeof exampleImage>[0], heights = HEIGHTS) =>
    new MachineTrace({ run: taskRun(exampleImage(ending), INPUT), ...heights, createMachine: interpreter }).final()

  test('default: output, result and its proof in the order of spec/07 §2', () => {
    const final = finalOf({ rounds: ROUNDS })
    const sum = 263 * ROUNDS
    expect(final.output).toEqual(Uint8Array.of(sum & 255, sum >> 8, 0, 0))
    expect(final.outcome).toEqual(slotRoot(Uint8Array.of(sum & 255, sum >> 8, 0, 0), 1))
    expect(final.isDeliverable).toBe(true)
    const { proof } = final
    expect(proof.length).toBe(160 + 32 + 24 * 32 + 128 + 32)
    expect(keccak256(proof.slice(0, 160))).toEqual(final.stateHash)
    const hashes = (start: number, count: number) =>
      Array.from({ length: count }, (_, i) => proof.slice(start + 32 * i, start + 32 * (i + 1)))
    const slot = { node: proof.slice(160, 192), position: 0x8000_0000 / 256, siblings: hashes(192, 24) }
    expect(verifyProof(slot, { root: proof.slice(128, 160), height: 24 })).toBe(true)
    const block = { node: keccak256(proof.slice(960, 1088)), position: 0, siblings: hashes(1088, 1) }
    expect(verifyProof(block, { root: slot.node, height: 1 })).toBe(true)
    expect(proof.slice(960, 964)).toEqual(Uint8Array.of(4, 0, 0, 0))
  })

  test('edge: exit code, trap, no halt and a length beyond the slot all give FAILED', () => {
    expect(bytesToHex(FAILED_RESULT)).toBe(bytesToHex(keccak256(new TextEncoder().encode('opml.result.failed'))))
    const cases = [
      { final: finalOf({ rounds: 3, exitCode: 1 }), proofBytes: 160 },
      { final: finalOf({ rounds: 3, systemCall: 64 }), proofBytes: 160 },
      { final: finalOf({ rounds: 2000 }), proofBytes: 160 },
      { final: finalOf({ rounds: 3, outputLength: 253 }), proofBytes: 1120 },
      { final: finalOf({ rounds: 3, outputLength: -1 }), proofBytes: 1120 },
    ]
    for (const { final, proofBytes } of cases) {
      expect(final.outcome).toEqual(FAILED_RESULT)
      expect(final.output).toBeNull()
      expect(final.proof.length).toBe(proofBytes)
    }
  })

  test('edge: the largest length is an output, and bytes behind the length make it undeliverable', () => {
    expect(finalOf({ rounds: 3, outputLength: 252 }).output?.length).toBe(252)
    const final = finalOf({ rounds: 3, outputLength: 1 })
    expect(final.output).toEqual(Uint8Array.of((263 * 3) & 255))
    expect(final.isDeliverable).toBe(false)
  })
})

describe('faults', () => {
  const honest = statesOf(traceOf())
  const codeRoot = new CodeTree(exampleImage({ rounds: ROUNDS })).root()

  /** All 512 leaves of a trace's fine trees, after the initial state. */
  function statesOf(trace: MachineTrace): string[] {
    const states = [bytesToHex(trace.initialStateHash)]
    for (let stride = 0; stride < 32; stride++) {
      for (let p = 0; p < 16; p++) states.push(bytesToHex(trace.fineTree(stride).node(0, p)))
    }
    return states
  }

  /** The steps whose poststate is not what the machine makes of the prestate. */
  function falseSteps(trace: MachineTrace): number[] {
    const states = statesOf(trace)
    return states.slice(0, 512).flatMap((_, step) => {
      const witness = trace.witness(step)
      const prestateHash = keccak256(witness.slice(0, 160))
      expect(bytesToHex(prestateHash), `state ${step}`).toBe(states[step])
      const next = bytesToHex(replayStep({ prestateHash, witness, codeEnd: 128, codeRoot }))
      return next === states[step + 1] ? [] : [step]
    })
  }

  test('default: a wrong sum is one false step; the run goes on from it and the result differs', () => {
    const trace = traceOf({ faults: [setRegister({ afterStep: 100, register: 9, value: 1 })] })
    expect(falseSteps(trace)).toEqual([99])
    expect(statesOf(trace).slice(0, 100)).toEqual(honest.slice(0, 100))
    expect(trace.final().output).not.toEqual(traceOf().final().output)
    expect(bytesToHex(trace.coarseTree().node(0, 5))).toBe(honest[96])
    expect(bytesToHex(trace.coarseTree().node(0, 6))).not.toBe(honest[112])
  })

  test('default: a bit flipped in the input after the first step', () => {
    const trace = traceOf({
      faults: [flipMemoryBits({ afterStep: 1, address: EXAMPLE_SLOTS.input.address + 4, mask: 2 })],
    })
    expect(falseSteps(trace)).toEqual([0])
    const sum = 261 * ROUNDS
    expect(trace.final().output).toEqual(Uint8Array.of(sum & 255, sum >> 8, 0, 0))
  })

  test('default: a bit flipped in the output after the halt', () => {
    const afterStep = exampleSteps(ROUNDS) + 40
    const trace = traceOf({
      faults: [flipMemoryBits({ afterStep, address: EXAMPLE_SLOTS.output.address + 4, mask: 1 })],
    })
    expect(falseSteps(trace)).toEqual([afterStep - 1])
    expect(trace.numSteps()).toBe(afterStep)
    expect(trace.final().output?.[0]).toBe((traceOf().final().output?.[0] ?? 0) ^ 1)
  })

  test('edge: several faults, two of them at one step and at a stride boundary, small memory for checkpoints', () => {
    const faults = [
      flipMemoryBits({ afterStep: 160, address: EXAMPLE_DATA, mask: 1 }),
      setRegister({ afterStep: 160, register: 31, value: 5 }),
      flipMemoryBits({ afterStep: 50, address: 0xffff_ffff, mask: 0x80 }),
    ]
    expect(falseSteps(traceOf({ faults, maxCheckpointBytes: 10_000 }))).toEqual([49, 159])
  })

  test('edge: a false halt', () => {
    const trace = traceOf({ faults: [setRegister({ afterStep: 30, register: 0, value: 0xffff_ff00 })] })
    expect(falseSteps(trace)).toEqual([29])
    expect(trace.numSteps()).toBe(30)
    expect(trace.final().output).toEqual(new Uint8Array(0))
  })
})
