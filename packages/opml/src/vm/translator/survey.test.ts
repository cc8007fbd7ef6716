import { expect, test } from 'vitest'
import { imageOf, type Line } from '../../../../../test/differential/assembly.ts'
import { CodeCache } from './codeCache.ts'
import { Dispatcher } from './dispatcher.ts'
import { MachineState } from './machineState.ts'
import { survey } from './survey.ts'
import { TranslatorMemory } from './translatorMemory.ts'

/** A machine whose code is compiled at the first jump to it. */
function machineOf(lines: readonly Line[]) {
  const image = imageOf(lines)
  const memory = new TranslatorMemory(image.segments)
  const state = new MachineState(memory, image.codeEnd)
  const dispatcher = new Dispatcher(memory)
  const code = new CodeCache({ memory, state, dispatcher, hotThreshold: 1 })
  return { registers: state.registers, code, dispatcher }
}

// 0: call f; 4: addi; 8: jump to 0; f = 12: addi; 16: ret
const CALLS: Line[] = [
  'loop',
  ['jal', { rd: 1 }, 'f'],
  ['addi', { rd: 10, rs1: 10, imm: 1 }],
  ['jal', {}, 'loop'],
  'f',
  ['addi', { rd: 11, rs1: 11, imm: 1 }],
  ['jalr', { rs1: 1 }],
]

test('default: of regions that call each other it names the caller, whose loop then stays in one region', () => {
  const machine = machineOf(CALLS)
  for (const pc of [12, 4]) machine.code.visit(pc)
  machine.registers[0] = 12
  machine.registers[1] = 4
  const { steps, pc } = survey(machine, 1000)
  expect(pc).toBe(4)
  // 256 regions are entered: alternately 2 steps in the callee and 3 in the caller.
  expect(steps).toBe(128 * 5)
  machine.code.improve(4)
  machine.registers[0] = 4
  const entry = machine.code.entryAt(4)
  if (entry === undefined) throw new Error('Nothing was compiled.')
  expect(machine.dispatcher.runRegion(entry.region, 100_000)).toBeGreaterThan(99_990)
})

test('default: a loop that runs out of budget is named itself', () => {
  // 0: addi; 4: addi; 8: jump to 4
  const machine = machineOf([['addi', {}], 'loop', ['addi', { rd: 10, rs1: 10, imm: 1 }], ['jal', {}, 'loop']])
  machine.code.visit(0)
  expect(survey(machine, 1000)).toEqual({ steps: 999, pc: 4 })
})

test('edge: it stops where there is no compiled code, and names nothing that was entered once', () => {
  const machine = machineOf(CALLS)
  machine.code.visit(12)
  machine.registers[0] = 12
  machine.registers[1] = 4
  expect(survey(machine, 1000)).toEqual({ steps: 2, pc: undefined })
  expect([machine.registers[0], machine.registers[1]]).toEqual([4, 4])
})

test('edge: it never executes more than it is allowed to', () => {
  for (let limit = 0; limit < 12; limit++) {
    const machine = machineOf(CALLS)
    for (const pc of [12, 4]) machine.code.visit(pc)
    machine.registers[0] = 12
    machine.registers[1] = 4
    expect(survey(machine, limit).steps).toBeLessThanOrEqual(limit)
  }
})
