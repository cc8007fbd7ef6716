import { readFileSync } from 'node:fs'
import { loadElf } from '../../packages/opml/src/vm/elf.ts'
import { Interpreter } from '../../packages/opml/src/vm/interpreter.ts'
import type { Machine, MachineImage } from '../../packages/opml/src/vm/machine.ts'

/** Bytes of a file of the repository. */
export function readRepositoryFile(path: string): Uint8Array {
  return readFileSync(new URL(`../../${path}`, import.meta.url))
}

/** The machine image of an ELF file of the repository. */
export function loadGuest(path: string): MachineImage {
  return loadElf(readRepositoryFile(path))
}

/** Where a program ended. */
export interface GuestRun {
  readonly pc: number
  readonly exitCode: number
  readonly steps: number
  /** The bytes of the output slot, by its length word; empty unless the program exited with 0. */
  readonly output: Uint8Array
}

/** 2^24: the budget of a machine program of the default heights. */
const MAX_STEPS = 1 << 24

/** Runs a program on an input from its entry, in a machine that may have run before (its writable memory is not cleared). */
export function runGuest(p: { machine: Machine; image: MachineImage; input: Uint8Array; maxSteps?: number }): GuestRun {
  const { machine, image, input } = p
  const slot = new Uint8Array(4 + input.length)
  new DataView(slot.buffer).setUint32(0, input.length, true)
  slot.set(input, 4)
  machine.memory.write(image.input.address, slot)
  machine.registers.fill(0)
  machine.registers[0] = image.entry
  const steps = machine.run(p.maxSteps ?? MAX_STEPS)
  const pc = machine.registers[0] as number
  const exitCode = machine.registers[10] as number
  const isSuccess = pc === 0xffffff00 && exitCode === 0
  return { pc, exitCode, steps, output: isSuccess ? readSlot(machine, image.output.address) : new Uint8Array() }
}

function readSlot(machine: Machine, address: number): Uint8Array {
  const word = machine.memory.read(address, 4)
  return machine.memory.read(address + 4, new DataView(word.buffer, word.byteOffset).getUint32(0, true))
}

/** A fresh interpreter for each run. */
export function interpret(image: MachineImage, input: Uint8Array): GuestRun {
  return runGuest({ machine: new Interpreter(image), image, input })
}
