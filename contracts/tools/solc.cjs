// The part of solc's command line that forge uses: `--version` and `--standard-json` (input on stdin, output on stdout).
// Everything else is refused, so that a new forge that needs more fails here with a message instead of misbehaving.
'use strict'

const { readFileSync, writeSync } = require('node:fs')
const { createRequire } = require('node:module')

const requireFromHere = createRequire(__filename)

// A pipe takes fewer bytes than offered, or none for a moment (EAGAIN): write until all are gone.
function writeAll(text) {
  const bytes = Buffer.from(text, 'utf8')
  let offset = 0
  while (offset < bytes.length) {
    try {
      offset += writeSync(1, bytes, offset)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

function loadCompiler() {
  try {
    return requireFromHere('solc')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    process.stderr.write('tools/solc: the npm package "solc" is not installed. Run "npm ci" in the repository.\n')
    process.exit(1)
  }
}

function main(args) {
  if (args.includes('--version')) {
    writeAll(`solc, the solidity compiler commandline interface\nVersion: ${loadCompiler().version()}\n`)
    return 0
  }
  if (args.includes('--standard-json')) {
    writeAll(loadCompiler().compile(readFileSync(0, 'utf8')))
    return 0
  }
  process.stderr.write(`tools/solc answers --version and --standard-json only, not: ${args.join(' ')}\n`)
  return 2
}

process.exitCode = main(process.argv.slice(2))
