import { expect, test } from 'vitest'
import { Interpreter } from './interpreter.ts'
import { HaltPc } from './state.ts'

function machineOf(words: readonly number[], codeEnd = 128): Interpreter {
  const bytes = new Uint8Array(4 * words.length)
  words.forEach((word, i) => new DataView(bytes.buffer).setUint32(4 * i, word, true))
  return new Interpreter({ segments: [{ address: 0, bytes }], entry: 0, codeEnd })
}

/** addi a1, x0, 10; loop: add a0, a0, a1; addi a1, a1, -1; bne a1, x0, loop; addi a7, x0, 93; ecall */
const SUM_TO_TEN = [0x00a00593, 0x00b50533, 0xfff58593, 0xfe059ce3, 0x05d00893, 0x00000073]

test('default: the sum of 1 to 10 is 55, exit after 33 steps', () => {
  const machine = machineOf(SUM_TO_TEN)
  expect(machine.run(1000)).toBe(33)
  expect(machine.isHalted).toBe(true)
  expect([machine.registers[0], machine.registers[10], machine.registers[11]]).toEqual([HaltPc.exit, 55, 0])
  expect(machine.run(1000)).toBe(0)
})

test('default: stops exactly at every step', () => {
  const whole = machineOf(SUM_TO_TEN)
  for (let steps = 0; steps <= 33; steps++) {
    const parts = machineOf(SUM_TO_TEN)
    expect(parts.run(steps)).toBe(steps)
    expect(parts.registers).toEqual(whole.registers)
    whole.run(1)
  }
})

test('error: refuses a number of steps that is no integer', () => {
  expect(() => machineOf(SUM_TO_TEN).run(0.5)).toThrow(RangeError)
  expect(() => machineOf(SUM_TO_TEN).run(-1)).toThrow(RangeError)
})

test('edge: writing a register between runs changes the machine', () => {
  const machine = machineOf(SUM_TO_TEN)
  machine.run(1)
  machine.registers[11] = 3
  machine.run(1000)
  expect(machine.registers[10]).toBe(6)
})

test('edge: an entry outside the code halts in one step', () => {
  const machine = machineOf(SUM_TO_TEN)
  machine.registers[0] = 128
  expect(machine.run(10)).toBe(1)
  expect(machine.registers[0]).toBe(HaltPc.instructionAccessFault)
})

test('edge: pages that a run wrote are reported once, in order', () => {
  // lui a0, 0x5; sw a0, 0(a0); lui a1, 0x2; sb a0, 0(a1); sw a0, 4(a0); ebreak
  const machine = machineOf([0x00005537, 0x00a52023, 0x000025b7, 0x00a58023, 0x00a52223, 0x00100073])
  expect([...machine.memory.takeDirtyPages()]).toEqual([0])
  machine.run(1000)
  expect([...machine.memory.takeDirtyPages()]).toEqual([2, 5])
  expect([...machine.memory.takeDirtyPages()]).toEqual([])
  expect([...machine.memory.read(0x4ffe, 12)]).toEqual([0, 0, 0, 0x50, 0, 0, 0, 0x50, 0, 0, 0, 0])
})
