import { OpmlError } from '../core/errors.ts'

/** The RPC endpoint did not answer, or answered that it cannot serve now. Retryable. */
export class ChainUnreachableError extends OpmlError {
  override readonly name = 'ChainUnreachableError'
  readonly method: string

  constructor(p: { method: string; endpoint: string; attempts: number; cause?: unknown }) {
    super(`The RPC endpoint ${p.endpoint} did not answer "${p.method}" in ${p.attempts} attempts.`, {
      code: 'CHAIN_UNREACHABLE',
      suggestion: 'Check that the node runs and that --rpc names its address, then repeat the command.',
      retryable: true,
      cause: p.cause,
    })
    this.method = p.method
  }
}

/** The endpoint serves another chain than the deployment file names. */
export class WrongChainError extends OpmlError {
  override readonly name = 'WrongChainError'
  readonly expected: number
  readonly actual: number

  constructor(p: { expected: number; actual: number; endpoint: string }) {
    super(`The RPC endpoint ${p.endpoint} serves chain ${p.actual}, but the deployment is on chain ${p.expected}.`, {
      code: 'CHAIN_WRONG_ID',
      suggestion: 'Point --rpc at the right chain, or --deployment at the file of this chain.',
    })
    this.expected = p.expected
    this.actual = p.actual
  }
}

/** No code at an address where the deployment names a contract. */
export class MissingContractError extends OpmlError {
  override readonly name = 'MissingContractError'
  readonly contract: string
  readonly address: string

  constructor(p: { contract: string; address: string; chainId: number }) {
    super(`There is no contract at ${p.address} on chain ${p.chainId}, where the deployment names the ${p.contract}.`, {
      code: 'CHAIN_MISSING_CONTRACT',
      suggestion: 'Check the deployment file; a restarted local chain needs "opml deploy" again.',
    })
    this.contract = p.contract
    this.address = p.address
  }
}

/** The bytes of an input are not as many as the program's inputs have. */
export class InputLengthError extends OpmlError {
  override readonly name = 'InputLengthError'
  readonly expectedBytes: number
  readonly actualBytes: number

  constructor(p: { expectedBytes: number; actualBytes: number }) {
    super(`The input has ${p.actualBytes} bytes, the program's inputs have ${p.expectedBytes} together.`, {
      code: 'CHAIN_INPUT_LENGTH',
      suggestion: 'Give every input of the program in its order, with the dtype and shape that "opml inspect" shows.',
    })
    this.expectedBytes = p.expectedBytes
    this.actualBytes = p.actualBytes
  }
}

/** The deployed contracts hold other parameters than the deployment file says. */
export class DeploymentMismatchError extends OpmlError {
  override readonly name = 'DeploymentMismatchError'
  readonly field: string

  constructor(p: { field: string; expected: string; actual: string }) {
    super(`The deployment says ${p.field} = ${p.expected}, the contract says ${p.actual}.`, {
      code: 'CHAIN_DEPLOYMENT_MISMATCH',
      suggestion: 'Use the file that was written when these contracts were deployed.',
    })
    this.field = p.field
  }
}

/** The account holds less than a transaction, its bond or its fee needs. */
export class InsufficientFundsError extends OpmlError {
  override readonly name = 'InsufficientFundsError'
  readonly address: string
  readonly neededWei: bigint
  readonly balanceWei: bigint

  constructor(p: { address: string; neededWei: bigint; balanceWei: bigint; purpose: string }) {
    super(`Account ${p.address} holds ${p.balanceWei} wei; ${p.purpose} needs ${p.neededWei} wei.`, {
      code: 'CHAIN_INSUFFICIENT_FUNDS',
      suggestion: `Send at least ${p.neededWei - p.balanceWei} wei to ${p.address}.`,
    })
    this.address = p.address
    this.neededWei = p.neededWei
    this.balanceWei = p.balanceWei
  }
}

/** A contract refused a call. `reason` is the name of its custom error, `args` the values in it. */
export class ContractRevertError extends OpmlError {
  override readonly name = 'ContractRevertError'
  readonly label: string
  readonly reason: string
  readonly args: readonly string[]

  constructor(p: { label: string; reason: string; args: readonly string[]; suggestion: string; cause?: unknown }) {
    super(`The chain refused "${p.label}": ${p.reason}(${p.args.join(', ')}).`, {
      code: 'CHAIN_REVERT',
      suggestion: p.suggestion,
      cause: p.cause,
    })
    this.label = p.label
    this.reason = p.reason
    this.args = p.args
  }
}

/** The node refused a request for a reason that is neither an outage nor a revert, or answered what is no answer to it. */
export class RpcRequestError extends OpmlError {
  override readonly name = 'RpcRequestError'
  readonly method: string

  /** @param p.isNonsense - there was an answer, and it could not be read. */
  constructor(p: { method: string; detail: string; isNonsense?: boolean; cause?: unknown }) {
    const what = p.isNonsense === true ? `gave no answer to "${p.method}" that can be read` : `refused "${p.method}"`
    super(`The node ${what}: ${p.detail}`, {
      code: 'CHAIN_RPC_REFUSED',
      suggestion:
        p.isNonsense === true
          ? 'Check that --rpc names the JSON-RPC endpoint of an Ethereum node, and nothing else answers there.'
          : 'Check that the node supports this method and that its limits allow the request.',
      cause: p.cause,
    })
    this.method = p.method
  }
}

/** A transaction's nonce was used by another transaction of the same account. Retryable: the action is decided anew. */
export class NonceTakenError extends OpmlError {
  override readonly name = 'NonceTakenError'
  readonly nonce: number

  constructor(p: { label: string; nonce: number; address: string }) {
    super(`Another transaction of ${p.address} took nonce ${p.nonce}, which "${p.label}" was to use.`, {
      code: 'CHAIN_NONCE_TAKEN',
      suggestion: 'Use an account for one role only; the action will be decided anew.',
      retryable: true,
    })
    this.nonce = p.nonce
  }
}

/** A transaction is still not in a block after every fee bump that the cap allows. Retryable. */
export class TransactionStuckError extends OpmlError {
  override readonly name = 'TransactionStuckError'
  readonly nonce: number

  constructor(p: { label: string; nonce: number; maxFeePerGas: bigint; waitedMs: number }) {
    super(
      `Transaction "${p.label}" (nonce ${p.nonce}) is not in a block after ${p.waitedMs} ms at ${p.maxFeePerGas} wei a gas.`,
      {
        code: 'CHAIN_TRANSACTION_STUCK',
        suggestion: 'It stays recorded and is followed further; raise the fee cap if fees stay this high.',
        retryable: true,
      },
    )
    this.nonce = p.nonce
  }
}

/** The chain changed while it was read. Retryable: the next read sees one consistent chain. */
export class ChainMovedError extends OpmlError {
  override readonly name = 'ChainMovedError'

  constructor(p: { blockNumber: bigint }) {
    super(`Block ${p.blockNumber} was replaced while its logs were read.`, {
      code: 'CHAIN_MOVED',
      suggestion: 'Read again.',
      retryable: true,
    })
  }
}

/** A deployment file or object that cannot be used. */
export class DeploymentFormatError extends OpmlError {
  override readonly name = 'DeploymentFormatError'
  readonly field: string

  constructor(p: { field: string; expected: string }) {
    super(`The deployment's field "${p.field}" is not ${p.expected}.`, {
      code: 'CHAIN_DEPLOYMENT_FORMAT',
      suggestion: 'Use the file that "opml deploy" or "opml dev" wrote.',
    })
    this.field = p.field
  }
}

/** A text that is no private key. The text itself is never repeated. */
export class PrivateKeyFormatError extends OpmlError {
  override readonly name = 'PrivateKeyFormatError'

  constructor() {
    super('The private key is not 0x followed by 64 hexadecimal digits of a valid secp256k1 key.', {
      code: 'CHAIN_PRIVATE_KEY_FORMAT',
      suggestion: 'Check the key file; it holds one line.',
    })
  }
}

/** A contract could not be created. */
export class DeploymentFailedError extends OpmlError {
  override readonly name = 'DeploymentFailedError'
  readonly contract: string

  constructor(p: { contract: string; cause?: unknown }) {
    super(`The ${p.contract} contract could not be created.`, {
      code: 'CHAIN_DEPLOYMENT_FAILED',
      suggestion: 'Check the deployment parameters against their minima (spec/07 §3) and the size limit of the chain.',
      cause: p.cause,
    })
    this.contract = p.contract
  }
}
