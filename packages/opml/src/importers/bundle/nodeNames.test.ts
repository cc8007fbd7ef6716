import { describe, expect, test } from 'vitest'
import { BundleError } from './errors.ts'
import { parseNodeNames, printNodeNames } from './nodeNames.ts'

describe('printNodeNames', () => {
  test('default: what is printed is read again', () => {
    const names = ['conv1.relu', '', 'größer 😀']
    expect(parseNodeNames(printNodeNames(names) as string, 3)).toEqual(names)
  })

  test('edge: a long name keeps its end, in whole characters', () => {
    const long = `${'a'.repeat(300)}/${'é😀'.repeat(100)}`
    const [name] = parseNodeNames(printNodeNames([long]) as string, 1)
    expect(name).toBe(`…${Array.from(long).slice(-255).join('')}`)
    expect(Array.from(name as string)).toHaveLength(256)
  })

  test('edge: no names, no text', () => {
    expect([printNodeNames([]), printNodeNames(['', ''])]).toEqual([undefined, undefined])
  })
})

describe('parseNodeNames', () => {
  test.each([
    ['no JSON', 'names', 'is not JSON'],
    ['no list', '{"0":"a"}', 'no list of 2 names'],
    ['too few names', '["a"]', 'no list of 2 names'],
    ['too many names', '["a","b","c"]', 'no list of 2 names'],
    ['a name that is no text', '["a",7]', '[1]'],
    ['a long name', JSON.stringify(['a', 'b'.repeat(257)]), '[1]'],
    ['a control character', '["a","\\u0007"]', '[1]'],
    ['a line end', '["a\\n","b"]', '[0]'],
    ['text turned around', '["a","\u202e"]', '[1]'],
    ['half a character', '["a","\\ud83d"]', '[1]'],
  ])('error: %s', (_, text, reason) => {
    const parse = () => parseNodeNames(text, 2)
    expect(parse).toThrow(BundleError)
    expect(parse).toThrow(reason)
  })
})
