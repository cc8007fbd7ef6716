import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** The rows of docs/audit-bugs.md. */
const ROWS = read('docs/audit-bugs.md')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line) => {
    const [bug = '', file = '', name = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim())
    return { bug, file, name }
  })

/** The list that every release must answer; the table may say more. */
const BUGS = [
  'Unknown instruction silently accepted',
  'Unknown syscall silently accepted',
  'Unaligned access silently aligned',
  'Add overflow',
  'Wrong shift amount',
  'rd wrongly zero',
  'Jump target masking',
  'Output not bound to the final root',
  'Phase hand-over accepted from anyone, with any state',
  'Data silently truncated',
  'Caller-supplied depth unbounded',
  'Input region not arbitrable because an oracle range overlaps it',
  'Timers counted twice',
  'A move after the parent is resolved',
  'Clock extension wrong at small depth',
  'A proof that runs out of gas wins',
  'Game type or length truncated in a cast',
  'Bonds stolen or stuck',
  'Reorg loses a bond',
  'Richer attacker out-bids the honest party',
  'Free-riding claims',
  'Second proposal overwrites the first',
  'Owner can withdraw the pot',
]

/** Files below `folder` whose names end in `suffix`. */
const filesIn = (folder: string, suffix: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(suffix) && !path.includes('node_modules') && !path.includes('dist/'))
    .map((path) => join(folder, path))

/** Names of the audit tests that a file defines. */
function auditTests(file: string): string[] {
  const text = read(file)
  if (file.endsWith('.sol'))
    return [...text.matchAll(/function ((?:test|testFuzz|invariant)_audit_\w+)\(/g)].map(([, name = '']) => name)
  return [...text.matchAll(/(?:test|it)\(\s*'(audit: [^']+)'/g)].map(([, name = '']) => name)
}

test('default: every bug of the list has a test', () => {
  expect([...new Set(ROWS.map(({ bug }) => bug))]).toEqual(BUGS)
})

test.each(ROWS)('default: $file has $name', ({ file, name }) => {
  expect(auditTests(file)).toContain(name)
})

test('default: every audit test is in the table', () => {
  const files = [
    ...filesIn('contracts/test', '.t.sol'),
    ...['packages', 'apps', 'test'].flatMap((folder) => filesIn(folder, '.test.ts')),
  ]
  const defined = files.flatMap((file) => auditTests(file).map((name) => `${file} ${name}`))
  expect(defined.sort()).toEqual(ROWS.map(({ file, name }) => `${file} ${name}`).sort())
})
