import type { ContentStore } from './contentStore.ts'
import { StoreAddressError } from './errors.ts'
import { FolderStore } from './folderStore.ts'
import { S3Store } from './s3Store.ts'

/** What a process is told from outside; keys never stand on a command line. */
type Environment = Readonly<Record<string, string | undefined>>

/**
 * The store at an address: a folder, or `s3://BUCKET/PREFIX?endpoint=URL&region=NAME` with the keys in the environment variables
 * `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`. Without an endpoint it is Amazon's of the region, by default `us-east-1`.
 *
 * @throws {StoreAddressError}
 */
export function openStore(address: string, environment: Environment): ContentStore {
  if (!/^[a-z0-9]+:\/\//i.test(address)) return new FolderStore(address)
  const url = URL.canParse(address) ? new URL(address) : null
  const bucket = url?.hostname ?? ''
  if (url === null || url.protocol !== 's3:' || bucket === '' || url.username !== '' || url.password !== '')
    throw new StoreAddressError({ address: shown(url), problem: 'is neither a folder nor s3://BUCKET/PREFIX' })
  const { searchParams } = url
  for (const name of searchParams.keys())
    if (name !== 'endpoint' && name !== 'region')
      throw new StoreAddressError({ address: shown(url), problem: `has the unknown parameter "${name}"` })
  const region = searchParams.get('region') ?? 'us-east-1'
  const endpoint = searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new StoreAddressError({ address: shown(url), problem: 'has an endpoint that is no http or https URL' })
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'] ?? ''
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'] ?? ''
  if (accessKeyId === '' || secretAccessKey === '')
    throw new StoreAddressError({ address: shown(url), problem: 'needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY' })
  const path = url.pathname.replace(/^\/+/, '').replace(/\/+$/, '')
  const prefix = path === '' ? '' : `${path}/`
  return new S3Store({ endpoint, region, bucket, prefix, accessKeyId, secretAccessKey })
}

/** The address without anything secret. */
function shown(url: URL | null): string {
  return url === null ? 'The address' : `${url.protocol}//${url.hostname}${url.pathname}`
}
