import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('default: the committed guest images equal a fresh build of the pinned compilers, byte for byte', () => {
  const run = spawnSync('npm', ['run', '--silent', 'build:guest', '--', '--check'], { cwd: root, encoding: 'utf8' })
  expect(run.stdout + run.stderr).toContain('guest images equal a fresh build')
  expect(run.status).toBe(0)
})

test('default: the committed models equal a fresh conversion', () => {
  const run = spawnSync('npm', ['run', '--silent', 'convert:mnist', '--', '--check'], { cwd: root, encoding: 'utf8' })
  expect(run.stderr).not.toContain('differs')
  expect(run.status).toBe(0)
})
