import { HALT_BASE, Interpreter, ISA, loadElf, type Machine, Translator } from 'opml/vm'
import { expect, test } from 'vitest'
import { wordGenerator } from '../../scripts/isa/case.ts'
import { type OracleMemory, type OracleState, oracleStep } from '../../scripts/isa/oracle.ts'
import { randomElf } from './programFile.ts'

const CORNERS = [0, 1, 3, 4, 0x7f, 0x80, 0x100, 0x17c, 0x180, 0x1fe, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff, 93]
const CODE_ENDS = [128, 256, 384, 1024]

interface Case {
  readonly state: OracleState
  readonly codeEnd: number
}

/** A state whose instruction is of the table, nearly of the table, or anything; pc and registers near the bounds or anywhere. */
function randomCase(next: () => number): Case {
  const pick = <T>(from: readonly T[]): T => from[next() % from.length]
  const codeEnd = pick(CODE_ENDS)
  const { mask, match } = pick(ISA)
  const known = (match | (next() & ~mask)) >>> 0
  const word = pick([known, known, known, (known ^ (1 << (next() % 32))) >>> 0, next()])
  const inside = (next() % codeEnd) & ~3
  const pc = pick([
    inside,
    inside,
    inside,
    inside,
    inside + 2,
    codeEnd - 4,
    codeEnd,
    next(),
    HALT_BASE + (next() % 256),
  ])
  const near = (): number => (codeEnd + (next() % 64) - 32) >>> 0
  const x = Array.from({ length: 32 }, (_, i) => (i === 0 ? 0n : BigInt(pick([pick(CORNERS), next(), near()]))))
  const memory = new Map<number, number>()
  for (let address = 0; address < LOW_BYTES; address++) memory.set(address, next() >>> 24)
  for (let i = 0; i < 4; i++) memory.set((pc & ~3) + i, (word >>> (8 * i)) & 255)
  return { state: { pc: BigInt(pc), x, memory }, codeEnd }
}

/** Addresses 0 to LOW_BYTES − 1 are compared as one string: a byte at a time takes most of the test's time. */
const LOW_BYTES = 1280

function lowBytes(memory: OracleMemory): Uint8Array {
  return Uint8Array.from({ length: LOW_BYTES }, (_, address) => memory.get(address) ?? 0)
}

const highBytes = (memory: OracleMemory): [number, number][] => [...memory].filter(([address]) => address >= LOW_BYTES)

/** How many states: a translator, which has 4 GiB of address space of its own, takes longer to make. */
const NUM_STATES = { interpreter: 1000, translator: 200 } as const

/** What executes one instruction after another: the plain interpreter, and the one inside WebAssembly. */
const EXECUTORS = {
  interpreter: (image: ConstructorParameters<typeof Interpreter>[0]): Machine => new Interpreter(image),
  translator: (image: ConstructorParameters<typeof Interpreter>[0]): Machine =>
    new Translator(image, { interpretedSteps: Number.MAX_SAFE_INTEGER }),
} as const

const withExecutors = (seeds: readonly number[]) =>
  seeds.flatMap((seed) => (['interpreter', 'translator'] as const).map((executor) => ({ seed, executor })))

function machineOf(executor: keyof typeof EXECUTORS, { state, codeEnd }: Case): Machine {
  const high = highBytes(state.memory).map(([address, byte]) => ({ address, bytes: Uint8Array.of(byte) }))
  const segments = [{ address: 0, bytes: lowBytes(state.memory) }, ...high]
  const machine = EXECUTORS[executor]({ segments, entry: 0, codeEnd })
  machine.registers.set(state.x.map(Number))
  machine.registers[0] = Number(state.pc)
  return machine
}

function expectSame(machine: Machine, state: OracleState, note: string): void {
  expect([...machine.registers], note).toEqual([state.pc, ...state.x.slice(1)].map(Number))
  expect(Buffer.compare(machine.memory.read(0, LOW_BYTES), lowBytes(state.memory)), note).toBe(0)
  const wrong = highBytes(state.memory).filter(([address, byte]) => machine.memory.read(address, 1)[0] !== byte)
  expect(wrong, note).toEqual([])
}

test.each(withExecutors([1, 2, 3, 4]))(
  'differential: $executor, one step from random states as the oracle has it (seed $seed)',
  ({ seed, executor }) => {
    const next = wordGenerator(seed)
    for (let n = 0; n < NUM_STATES[executor]; n++) {
      const random = randomCase(next)
      const machine = machineOf(executor, random)
      machine.memory.takeDirtyPages()
      const isHalted = machine.isHalted
      expect(machine.run(1)).toBe(isHalted ? 0 : 1)
      const { state, dataAddress } = oracleStep(random.state, random.codeEnd)
      expectSame(machine, state, `seed ${seed}, state ${n}`)
      const pages = [...machine.memory.takeDirtyPages()]
      const isStore = state.memory !== random.state.memory
      expect(pages).toEqual(isStore && dataAddress !== undefined ? [Math.floor(dataAddress / 4096)] : [])
    }
  },
)

test.each(withExecutors([501, 502]))(
  'differential: $executor, random program $seed step by step as the oracle has it',
  ({ seed, executor }) => {
    const image = loadElf(randomElf(seed))
    const machine = EXECUTORS[executor](image)
    const memory = new Map<number, number>()
    for (const segment of image.segments) segment.bytes.forEach((byte, i) => memory.set(segment.address + i, byte))
    let state: OracleState = { pc: BigInt(image.entry), x: new Array(32).fill(0n), memory }
    for (let n = 0; !machine.isHalted; n++) {
      machine.run(1)
      state = oracleStep(state, image.codeEnd).state
      expect([...machine.registers], `step ${n}`).toEqual([state.pc, ...state.x.slice(1)].map(Number))
    }
    expectSame(machine, state, 'the end')
    expect(machine.registers[0]).toBe(HALT_BASE)
  },
)
