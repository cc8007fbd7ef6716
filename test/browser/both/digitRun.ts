// Types alone, so that a worker, to which import maps do not apply, can load this file.
import type { Machine, MachineImage } from 'opml/vm'

/** Where a program ended. Hexadecimal bytes. */
export interface DigitRun {
  readonly steps: number
  readonly output: string
  /** Of the final state: registers and memory. */
  readonly stateHash: string
}

/** What {@link digitRun} needs of the library. */
export interface DigitRunLibrary {
  readonly core: Pick<typeof import('opml/core'), 'bytesToHex'>
  readonly vm: Pick<typeof import('opml/vm'), 'MemoryTree' | 'stateHash'>
}

/** 2^24: the budget of a machine program of the default heights. */
const MAX_STEPS = 1 << 24

/** Runs a program on `input` in a machine that was made from `image`. */
export function digitRun(
  { core, vm }: DigitRunLibrary,
  { image, machine, input }: { image: MachineImage; machine: Machine; input: Uint8Array },
): DigitRun {
  const { memory, registers } = machine
  const slot = new Uint8Array(4 + input.length)
  new DataView(slot.buffer).setUint32(0, input.length, true)
  slot.set(input, 4)
  memory.write(image.input.address, slot)
  const steps = machine.run(MAX_STEPS)
  const tree = new vm.MemoryTree()
  tree.updatePages(memory, memory.takeDirtyPages())
  const lengthBytes = memory.read(image.output.address, 4)
  const length = new DataView(lengthBytes.buffer, lengthBytes.byteOffset).getUint32(0, true)
  return {
    steps,
    output: core.bytesToHex(memory.read(image.output.address + 4, length)),
    stateHash: core.bytesToHex(vm.stateHash(registers, tree.root())),
  }
}
