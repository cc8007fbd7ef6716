import { HaltPc, Interpreter, loadElf } from 'opml/vm'
import { expect, test } from 'vitest'
import { assemble, loadConstant } from '../../scripts/isa/assembler.ts'
import type { IsaCase } from '../../scripts/isa/case.ts'
import { isaCases, stateOf } from '../../scripts/isa/gen-isa-vectors.ts'
import { oracleStep } from '../../scripts/isa/oracle.ts'
import { type PlacedProgram, type ProgramFile, type ProgramSource, programFile, randomSource } from './programFile.ts'
import { runQemu } from './qemuRun.ts'
import { REGISTERS_OFFSET, WINDOW_BYTES } from './randomProgram.ts'

const FIRST_SEED = 1
const PROGRAMS_PER_FILE = 100
const NUM_FILES = 21

/** The pc of every instruction that the interpreter executes until it halts. */
function interpreterTrace(machine: Interpreter, maxSteps: number): Uint32Array {
  const pcs: number[] = []
  while (!machine.isHalted && pcs.length < maxSteps) {
    pcs.push(machine.registers[0])
    machine.run(1)
  }
  return Uint32Array.from(pcs)
}

const stepsInside = (trace: Uint32Array, { start, end }: PlacedProgram): number =>
  trace.reduce((count, pc) => count + (pc >= start && pc < end ? 1 : 0), 0)

/** Index of the first difference, −1 when equal: quicker than a comparison by `toEqual` and as exact. */
function firstDifference(a: Uint32Array | Uint8Array, b: Uint32Array | Uint8Array): number {
  const index = a.findIndex((value, i) => value !== b[i])
  return index === -1 && a.length !== b.length ? Math.min(a.length, b.length) : index
}

/** Compares one file's run in both executors; returns the number of steps of each program. */
function compareFile(file: ProgramFile): number[] {
  const qemu = runQemu(file.elf, { isTraced: true })
  expect(qemu.exitCode).toBe(0)
  expect(qemu.output).toHaveLength(file.windows.length)
  const machine = new Interpreter(loadElf(file.elf))
  const trace = interpreterTrace(machine, qemu.trace.length + 1)
  expect(machine.registers[0]).toBe(HaltPc.environmentCall)
  expect(qemu.trace.length).toBe(trace.length + file.numExitSteps)
  expect(firstDifference(trace, qemu.trace.subarray(0, trace.length))).toBe(-1)
  const memory = machine.memory.read(file.windows.address, file.windows.length)
  return file.programs.map((program, i) => {
    const window = (bytes: Uint8Array): Uint8Array => bytes.subarray(WINDOW_BYTES * i, WINDOW_BYTES * (i + 1))
    expect(firstDifference(window(memory), window(qemu.output)), program.name).toBe(-1)
    return stepsInside(trace, program)
  })
}

test.each(Array.from({ length: NUM_FILES }, (_, i) => FIRST_SEED + PROGRAMS_PER_FILE * i))(
  'differential: 100 random programs from seed %i on, registers, memory and every pc as in qemu-riscv32',
  (seed) => {
    const sources = Array.from({ length: PROGRAMS_PER_FILE }, (_, i) => randomSource(seed + i))
    const steps = compareFile(programFile(sources))
    expect(Math.min(...steps)).toBeGreaterThan(100)
  },
)

test('differential: exact count with qemu of a run in one piece', () => {
  const file = programFile([randomSource(7), randomSource(8)])
  const machine = new Interpreter(loadElf(file.elf))
  expect(machine.run(1e9) + file.numExitSteps).toBe(runQemu(file.elf, { isTraced: true }).trace.length)
})

/** A program that puts a case's registers in place, executes its word and stores all registers through absolute addresses. */
function caseSource(isaCase: IsaCase): ProgramSource {
  const { x } = stateOf(isaCase)
  return {
    name: isaCase.name,
    data: new Uint8Array(WINDOW_BYTES),
    words: ({ dataAddress }) => {
      // tp (x4) is set last and saved first; no case of the arithmetic files uses it but as filler.
      const scratch = 4
      const set = x.flatMap((value, rd) => (rd === 0 ? [] : loadConstant(rd, Number(value))))
      const base = loadConstant(scratch, dataAddress)
      const stores = x.map((_, i) => assemble('sw', { rs1: scratch, rs2: i, imm: REGISTERS_OFFSET + 4 * i }))
      return [...set, isaCase.word as number, ...base, ...stores]
    },
  }
}

const registersAt = (output: Uint8Array, index: number): number[] => {
  const view = new DataView(output.buffer, output.byteOffset + WINDOW_BYTES * index + REGISTERS_OFFSET, 128)
  return Array.from({ length: 32 }, (_, i) => view.getUint32(4 * i, true))
}

const ARITHMETIC = [...isaCases()].filter(([, cases]) => cases.every(({ word }) => isArithmetic(word)))

/** Opcodes whose effect is on registers alone and does not depend on where the instruction stands. */
function isArithmetic(word: number | undefined): boolean {
  return word !== undefined && [0x37, 0x13, 0x33].includes(word & 0x7f)
}

test('default: the arithmetic files are those of 28 instructions', () => {
  expect(ARITHMETIC).toHaveLength(28)
})

test.each(ARITHMETIC)(
  'differential: the oracle of the vectors agrees with qemu-riscv32 on every case of %s',
  (_, cases) => {
    const file = programFile(cases.map(caseSource))
    const { exitCode, output } = runQemu(file.elf, { isTraced: false })
    expect(exitCode).toBe(0)
    cases.forEach((isaCase, index) => {
      const expected = oracleStep(stateOf(isaCase), isaCase.codeEnd ?? 256).state.x.map(Number)
      expected[4] = file.programs[index].dataAddress
      expect(registersAt(output, index), isaCase.name).toEqual(expected)
    })
  },
)
