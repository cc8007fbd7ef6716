import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { accountFromPrivateKey } from 'opml/chain'
import type { ChainAccount } from 'opml/chain'
import { KeyFileError } from './errors.ts'

/** Permission bits of everybody but the owner. */
const OTHERS = 0o077

/**
 * The account of a key file: one line, 0x and 64 hexadecimal digits, readable by its owner alone.
 *
 * @throws {KeyFileError} missing, readable by others, or no key. The key itself never appears in an error.
 */
export async function readKeyFile(path: string): Promise<ChainAccount> {
  const text = await readOwnFile(path)
  try {
    return accountFromPrivateKey(text.trim())
  } catch (cause) {
    throw new KeyFileError({
      path,
      problem: 'holds no private key',
      suggestion: 'It must hold one line: 0x followed by 64 hexadecimal digits.',
      cause,
    })
  }
}

async function readOwnFile(path: string): Promise<string> {
  try {
    const { mode } = await stat(path)
    if ((mode & OTHERS) !== 0)
      throw new KeyFileError({
        path,
        problem: `can be read by others (mode ${(mode & 0o777).toString(8)})`,
        suggestion: `Run "chmod 600 ${path}".`,
      })
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof KeyFileError) throw cause
    throw new KeyFileError({
      path,
      problem: 'cannot be read',
      suggestion: 'Check the path, or let "opml dev" make one.',
      cause,
    })
  }
}

/**
 * Writes a private key (a fresh random one by default) to a new file of mode 600 and returns its account.
 *
 * @throws {KeyFileError} when the file exists: a key is never overwritten.
 */
export async function createKeyFile(path: string, privateKey?: string): Promise<ChainAccount> {
  const key = privateKey ?? `0x${randomBytes(32).toString('hex')}`
  const account = accountFromPrivateKey(key)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(`${key}\n`)
    await file.sync()
    await file.close()
  } catch (cause) {
    throw new KeyFileError({
      path,
      problem: 'cannot be created',
      suggestion: 'A key is never overwritten: choose another path or use the file that is there.',
      cause,
    })
  }
  return account
}
