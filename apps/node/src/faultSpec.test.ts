import { describe, expect, test } from 'vitest'
import { parseFaultSpec } from './faultSpec.ts'

describe('parseFaultSpec', () => {
  test.each([
    ['weight', { kind: 'weight' }],
    ['weight:3:17', { kind: 'weight', constant: 3, bit: 17 }],
    ['block:2', { kind: 'block', node: 2, block: 0, step: 0 }],
    ['block:2:5:1', { kind: 'block', node: 2, block: 5, step: 1 }],
    ['operand:4:c', { kind: 'operand', node: 4, slot: 2 }],
    ['output', { kind: 'output' }],
    ['garbage:1', { kind: 'garbage', output: 1 }],
    ['halt:late', { kind: 'halt', when: 'late' }],
    ['vm:right', { kind: 'vm-right' }],
    ['vm:bad@0', { kind: 'vm-bad', at: { number: 0 } }],
    ['block:2:5@1234', { kind: 'block', node: 2, block: 5, step: 0, at: { number: 1234 } }],
    ['weight@12.5%', { kind: 'weight', at: { percent: 12.5 } }],
    ['halt:early@100%', { kind: 'halt', when: 'early', at: { percent: 100 } }],
  ])('default: %s', (text, fault) => {
    expect(parseFaultSpec(text)).toEqual(fault)
  })

  test.each([
    '',
    'nonsense',
    'weight:',
    'weight:-1',
    'weight:1:2:3',
    'block',
    'block:1:2:3:4',
    'operand:1:d',
    'halt:never',
    'vm',
    'vm:bad:1',
    'vm:bad@',
    'vm:bad@half',
    'vm:bad@0.5',
    'vm:bad@101%',
    'vm:bad@1@2',
    // Nothing lies about a run of the machine there.
    'output@1',
    'garbage@50%',
    'vm:right@1',
  ])('error: "%s"', (text) => {
    expect(() => parseFaultSpec(text)).toThrow('is no fault')
  })
})
