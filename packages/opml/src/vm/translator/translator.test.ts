import { expect, test } from 'vitest'
import { constant, imageOf, type Line } from '../../../../../test/differential/assembly.ts'
import { checkLockstep, loopOf } from '../../../../../test/differential/executorCheck.ts'
import { MNEMONICS } from '../../../../../scripts/isa/assembler.ts'
import { Interpreter } from '../interpreter.ts'
import { ISA } from '../isa.ts'
import { HaltPc } from '../state.ts'
import { emitArithmetic } from './emitArithmetic.ts'
import { Translator } from './translator.ts'

const DATA = 0x10000

test('edge: stores around a page boundary mark both pages', () => {
  for (const order of [
    [-4, 0, 4, 8],
    [8, 4, 0, -4],
  ]) {
    const body: Line[] = order.map((imm): Line => ['sw', { rs1: 7, rs2: 6, imm }])
    const image = imageOf(
      loopOf([...constant(7, 0x100000), ...constant(8, 8192)], [...body, ['add', { rd: 7, rs1: 7, rs2: 8 }]]),
    )
    const machine = new Translator(image, { hotThreshold: 1, interpretedSteps: 0 })
    machine.memory.takeDirtyPages()
    machine.run(1_000)
    const expected = Array.from({ length: 100 }, (_, i) => [0xff + 2 * i, 0x100 + 2 * i])
    expect([...machine.memory.takeDirtyPages()]).toEqual(expected.flat())
  }
})

test('vector: every row of the table has a translation or ends a block', () => {
  const handled = ISA.filter(
    (row) => row.format === 'R' || row.format === 'shift' || row.format === 'U' || row.format === 'I',
  )
  const names = handled.map((row) => row.mnemonic).filter((mnemonic) => mnemonic !== 'jalr')
  const code = { op() {}, i32() {}, byte() {}, s32() {}, indexed() {} }
  const registers = { get() {}, set() {}, settle() {} }
  for (const row of handled) {
    if (row.mnemonic === 'jalr') continue
    const instruction = { row, word: 0, rd: 1, rs1: 2, rs2: 3, imm: 4, execute: row.execute }
    // Stand-ins that accept every instruction: only an unknown mnemonic throws.
    expect(() => emitArithmetic(code as never, registers as never, instruction, 0)).not.toThrow()
  }
  expect(names.length).toBe(29)
})

test('differential: every arithmetic instruction on every pair of corner values', () => {
  const corners = [0, 1, 2, 31, 32, 0x7fffffff, 0x80000000, 0x80000001, 0xffff0000, 0xffffffff]
  const pairs = corners.flatMap((a) => corners.flatMap((b) => [a, b]))
  const table = new Uint8Array(Uint32Array.from(pairs).buffer)
  const body: Line[] = [
    ['lw', { rd: 11, rs1: 8 }],
    ['lw', { rd: 12, rs1: 8, imm: 4 }],
    ['addi', { rd: 8, rs1: 8, imm: 8 }],
  ]
  const emit = (mnemonic: string, imm: number): void => {
    body.push([mnemonic, { rd: 13, rs1: 11, rs2: 12, imm }])
    body.push(['sw', { rs1: 9, rs2: 13 }], ['addi', { rd: 9, rs1: 9, imm: 4 }])
  }
  for (const mnemonic of MNEMONICS.register) emit(mnemonic, 0)
  for (const mnemonic of MNEMONICS.immediate) for (const imm of [0, 1, -1, 2047, -2048]) emit(mnemonic, imm)
  for (const mnemonic of MNEMONICS.shift) for (const imm of [0, 1, 31]) emit(mnemonic, imm)
  const start = imageOf(loopOf([...constant(8, DATA), ...constant(9, 2 * DATA)], body))
  const machine = checkLockstep({ ...start, segments: [...start.segments, { address: DATA, bytes: table }] })
  expect([machine.registers[0], machine.registers[6]]).toEqual([HaltPc.exit, pairs.length / 2])
})

test('edge: a run of 0 steps does nothing, a run of 1 step does one', () => {
  const machine = new Translator(imageOf(loopOf([], [])), { hotThreshold: 0, interpretedSteps: 0 })
  expect(machine.run(0)).toBe(0)
  expect(machine.registers[0]).toBe(0)
  expect(machine.run(1)).toBe(1)
  expect(machine.registers[0]).toBe(4)
})

test('edge: stops exactly at every step of a hot loop', () => {
  const image = imageOf(loopOf([], [['add', { rd: 10, rs1: 10, rs2: 6 }]]))
  const steps = 1 + 100 * 4 + 2
  const machine = new Translator(image, { hotThreshold: 1, interpretedSteps: 0 })
  expect(machine.run(2 ** 53 - 1)).toBe(steps)
  expect(machine.registers[10]).toBe(5050)
  for (let stop = 0; stop <= steps; stop++) {
    const interpreter = new Interpreter(image)
    interpreter.run(stop)
    machine.registers.fill(0)
    expect(machine.run(stop)).toBe(stop)
    expect(machine.registers).toEqual(interpreter.registers)
  }
})

test('edge: a halted machine does not step', () => {
  const machine = checkLockstep(imageOf(loopOf([], [])))
  expect([machine.isHalted, machine.run(10), machine.registers[0]]).toEqual([true, 0, HaltPc.exit])
})

test('edge: an instruction that jumps to itself runs for exactly the steps allowed', () => {
  const machine = new Translator(imageOf([['jal', { rd: 1, imm: 0 }]]), { hotThreshold: 1, interpretedSteps: 0 })
  expect(machine.run(12_345_678)).toBe(12_345_678)
  expect([machine.registers[0], machine.registers[1]]).toEqual([0, 4])
})

test('edge: a region that jumps between pcs without any other work ends', () => {
  const machine = checkLockstep(imageOf(['a', ['jal', {}, 'b'], ['ebreak', {}], 'b', ['jal', {}, 'a']]), 10_000)
  expect(machine.isHalted).toBe(false)
})

test('edge: code falls through CODE_END and traps at the next step', () => {
  const fill = Array.from({ length: 28 }, (): Line => ['addi', { rd: 10, rs1: 10, imm: 1 }])
  const image = imageOf([...loopOf([], []).slice(0, -2), ...fill])
  expect(image.codeEnd).toBe(128)
  const machine = checkLockstep(image)
  expect([machine.registers[0], machine.registers[10]]).toEqual([HaltPc.instructionAccessFault, 28])
})

test('edge: a call in the last word returns to CODE_END and traps', () => {
  const lines: Line[] = [
    ['jal', {}, 'start'],
    'f',
    ['addi', { rd: 10, rs1: 10, imm: 1 }],
    ['jalr', { rs1: 1 }],
    'start',
  ]
  while (lines.length < 33) lines.push(['addi', { rd: 11, rs1: 11, imm: 1 }])
  lines.push(['jal', { rd: 1 }, 'f'])
  const machine = checkLockstep(imageOf(lines, 128))
  expect([machine.registers[0], machine.registers[1]]).toEqual([HaltPc.instructionAccessFault, 128])
})

test('edge: stores at CODE_END succeed, groups that begin below it trap at their first store', () => {
  const at = checkLockstep(imageOf(loopOf(constant(7, 128), [['sw', { rs1: 7, rs2: 6 }]]), 128))
  expect([at.registers[0], ...at.memory.read(128, 4)]).toEqual([HaltPc.exit, 100, 0, 0, 0])
  const stores = [-4, 0, 4].map((imm): Line => ['sw', { rs1: 7, rs2: 6, imm }])
  const below = checkLockstep(imageOf(loopOf(constant(7, 128), stores), 128))
  expect([below.registers[0], below.registers[6]]).toEqual([HaltPc.storeAccessFault, 1])
  const order = [0, 4, -4].map((imm): Line => ['sw', { rs1: 7, rs2: 6, imm }])
  const last = checkLockstep(imageOf(loopOf(constant(7, 128), order), 128))
  expect([last.registers[0], ...last.memory.read(128, 8)]).toEqual([HaltPc.storeAccessFault, 1, 0, 0, 0, 1, 0, 0, 0])
})

test('edge: the last MiB and accesses that wrap around 2^32 reach the guest, not the translator', () => {
  const body = (offset: number): Line[] => [
    ['lw', { rd: 11, rs1: 7, imm: offset }],
    ['addi', { rd: 11, rs1: 11, imm: 3 }],
    ['sw', { rs1: 7, rs2: 11, imm: offset }],
  ]
  for (const [base, offset] of [
    [0xffe80000, -4],
    [0xffe80000, 0],
    [0xfff00000, 16],
    [0xffffff00, 4],
    [0xfffffffc, 0],
    [0, -4],
    [0xfffffff0, 0x110],
  ]) {
    const machine = checkLockstep(imageOf(loopOf(constant(7, base), body(offset)), 128))
    expect(machine.registers[0]).toBe(HaltPc.exit)
    const view = machine.memory.read((base + offset + 2 ** 32) % 2 ** 32, 4)
    expect([...view]).toEqual([300 & 255, 1, 0, 0])
  }
})

test('edge: a loop with two entries', () => {
  const machine = checkLockstep(
    imageOf([
      ['addi', { rd: 5, imm: 100 }],
      'again',
      ['andi', { rd: 6, rs1: 5, imm: 1 }],
      ['addi', { rd: 7, imm: 9 }],
      ['bne', { rs1: 6 }, 'second'],
      'first',
      ['addi', { rd: 10, rs1: 10, imm: 1 }],
      'second',
      ['addi', { rd: 11, rs1: 11, imm: 1 }],
      ['addi', { rd: 7, rs1: 7, imm: -1 }],
      ['bne', { rs1: 7 }, 'first'],
      ['addi', { rd: 5, rs1: 5, imm: -1 }],
      ['bne', { rs1: 5 }, 'again'],
      ['ebreak', {}],
    ]),
  )
  // 9 rounds a time of which the first skips `first` in every second: 50 · 9 + 50 · 8, and 100 · 9.
  expect([machine.registers[10], machine.registers[11]]).toEqual([850, 900])
})

test('edge: a jump table with 256 targets, most of them seen for the first time', () => {
  const targets = Array.from({ length: 256 }, (_, i): Line[] => [
    ['addi', { rd: 10, rs1: 10, imm: i & 7 }],
    ['jal', {}, 'next'],
  ])
  const machine = checkLockstep(
    imageOf([
      ...constant(9, 77 * 600),
      'next',
      ['addi', { rd: 8, rs1: 8, imm: 77 }],
      ['beq', { rs1: 8, rs2: 9 }, 'end'],
      ['andi', { rd: 7, rs1: 8, imm: 255 }],
      ['slli', { rd: 7, rs1: 7, imm: 3 }],
      ['auipc', { rd: 6, imm: 0 }],
      ['add', { rd: 7, rs1: 7, rs2: 6 }],
      ['jalr', { rs1: 7, imm: 16 }],
      'end',
      ['ebreak', {}],
      ...targets.flat(),
    ]),
  )
  const sum = Array.from({ length: 599 }, (_, i) => (77 * (i + 1)) & 7).reduce((a, b) => a + b, 0)
  expect([machine.registers[0], machine.registers[10]]).toEqual([HaltPc.breakpoint, sum])
})

test('edge: recursion 20,000 deep, and a callee that returns elsewhere', () => {
  const machine = checkLockstep(
    imageOf([
      ...constant(2, 0x200000),
      ...constant(10, 20_000),
      ['jal', { rd: 1 }, 'sum'],
      ['jal', { rd: 1 }, 'skip'],
      ['ebreak', {}],
      ['addi', { rd: 17, imm: 93 }],
      ['ecall', {}],
      'skip',
      ['addi', { rd: 1, rs1: 1, imm: 4 }],
      ['jalr', { rs1: 1 }],
      'sum',
      ['beq', { rs1: 10 }, 'zero'],
      ['addi', { rd: 2, rs1: 2, imm: -16 }],
      ['sw', { rs1: 2, rs2: 1, imm: 12 }],
      ['sw', { rs1: 2, rs2: 10, imm: 8 }],
      ['addi', { rd: 10, rs1: 10, imm: -1 }],
      ['jal', { rd: 1 }, 'sum'],
      ['lw', { rd: 11, rs1: 2, imm: 8 }],
      ['add', { rd: 10, rs1: 10, rs2: 11 }],
      ['lw', { rd: 1, rs1: 2, imm: 12 }],
      ['addi', { rd: 2, rs1: 2, imm: 16 }],
      'zero',
      ['jalr', { rs1: 1 }],
    ]),
    1_000_000,
  )
  expect([machine.registers[0], machine.registers[10]]).toEqual([HaltPc.exit, 200_010_000])
})

test('edge: jumps into the middle of compiled blocks, by registers and by the caller', () => {
  const chain = Array.from({ length: 30 }, (): Line => ['addi', { rd: 10, rs1: 10, imm: 1 }])
  const image = imageOf(['top', ...chain, ['addi', { rd: 5, rs1: 5, imm: 4 }], ['jalr', { rs1: 5 }]])
  const machine = checkLockstep(image, 2000)
  expect(machine.registers[0]).toBe(124) // the last instruction, which by then jumps to itself
  for (let pc = 0; pc < 128; pc += 4) {
    machine.registers.fill(0)
    machine.registers[0] = pc
    const interpreter = new Interpreter(image)
    interpreter.registers[0] = pc
    expect(machine.run(200)).toBe(interpreter.run(200))
    expect(machine.registers).toEqual(interpreter.registers)
  }
})

test('edge: code that is longer than a region and a block', () => {
  const work = Array.from({ length: 4000 }, (_, i): Line => ['addi', { rd: 10, rs1: 10, imm: i & 3 }])
  const lines: Line[] = [['addi', { rd: 5, imm: 40 }], 'loop', ...work, ['addi', { rd: 5, rs1: 5, imm: -1 }]]
  const machine = checkLockstep(
    imageOf([...lines, ['beq', { rs1: 5 }, 'end'], ['jal', {}, 'loop'], 'end', ['ebreak', {}]]),
    200_000,
  )
  expect([machine.registers[0], machine.registers[10]]).toEqual([HaltPc.breakpoint, 40 * 6000])
})

test('edge: loads are seen in order with stores, divisions and exits between a load and its use', () => {
  const body: Line[] = [
    ['lw', { rd: 11, rs1: 8 }],
    ['lw', { rd: 12, rs1: 8, imm: 4 }],
    ['sw', { rs1: 8, rs2: 6 }],
    ['lw', { rd: 13, rs1: 8, imm: 8 }],
    ['div', { rd: 14, rs1: 12, rs2: 11 }],
    ['rem', { rd: 15, rs1: 13, rs2: 11 }],
    ['lw', { rd: 16, rs1: 8 }],
    ['lw', { rd: 16, rs1: 8, imm: 4 }],
    ['lbu', { rd: 18, rs1: 9 }],
    ['lw', { rd: 9, rs1: 9, imm: 4 }],
    ['add', { rd: 19, rs1: 16, rs2: 18 }],
    ['sw', { rs1: 8, rs2: 19, imm: 4 }],
    ['sw', { rs1: 8, rs2: 14, imm: 12 }],
    ['sb', { rs1: 8, rs2: 15, imm: 16 }],
  ]
  // x9 walks a chain of three cells of which the last is in the reserved memory: an exit with loads pending.
  const cells = new Uint8Array(Uint32Array.of(5, 0x20008, 6, 0xffe80000).buffer)
  const top = new Uint8Array(Uint32Array.of(7, 0x20000).buffer)
  const start = imageOf(loopOf([...constant(8, DATA), ...constant(9, 0x20000)], body))
  const machine = checkLockstep({
    ...start,
    segments: [...start.segments, { address: 0x20000, bytes: cells }, { address: 0xffe80000, bytes: top }],
  })
  // 34 walks of 5, 33 of 6 and of 7 are added up at DATA + 4.
  expect([machine.registers[0], machine.registers[19]]).toEqual([HaltPc.exit, 34 * 5 + 33 * 6 + 33 * 7])
})

test('edge: auipc before a jump by another register is no far jump', () => {
  const machine = checkLockstep(
    imageOf(
      loopOf(
        [['addi', { rd: 7, imm: 28 }]],
        [
          ['auipc', { rd: 8, imm: 0 }],
          ['jalr', { rd: 9, rs1: 7 }],
          ['ebreak', {}],
          ['ebreak', {}],
        ],
      ),
    ),
  )
  // addi, addi, addi, auipc, jalr at 16; two ebreaks; 28: addi, where the jump goes.
  expect([machine.registers[0], machine.registers[9]]).toEqual([HaltPc.exit, 20])
})

test('edge: thousands of branches one inside the other, and jumps in a chain', () => {
  const links = Array.from({ length: 2900 }, (_, i): Line[] => [
    `${i}`,
    ['beq', { rs1: 5 }, `${Math.max(0, Math.min(2899, i - 450 + ((i * 7) % 900)))}`],
  ])
  const far = Array.from({ length: 900 }, (): Line => ['bne', { rs1: 5, imm: 8 }])
  for (const body of [links.flat(), far]) {
    const lines: Line[] = [['addi', { rd: 5, imm: 60 }], 'loop', ...body, ['addi', { rd: 5, rs1: 5, imm: -1 }]]
    const image = imageOf([...lines, ['beq', { rs1: 5 }, 'end'], ['jal', {}, 'loop'], 'end', ['ebreak', {}]])
    expect(checkLockstep(image, 400_000, 3).registers[0]).toBe(HaltPc.breakpoint)
  }
})

test('error: refuses a number of steps that is no integer from 0 to 2^53 − 1', () => {
  const machine = new Translator(imageOf([['ebreak', {}]]))
  for (const steps of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => machine.run(steps)).toThrow(RangeError)
})
