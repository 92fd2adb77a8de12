// Takes pictures away: one as its file, several in one zip.

import { request } from '../api'

/** The name in a Content-Disposition header (RFC 6266). */
export function nameIn(disposition: string | null, otherwise: string): string {
  const match = /filename\*=utf-8''([^;]+)|filename="([^"]+)"/i.exec(disposition ?? '')
  if (match?.[1]) return decodeURIComponent(match[1])
  return match?.[2] ?? otherwise
}

async function fetched(url: string): Promise<[name: string, content: Uint8Array]> {
  const response = await request(url)
  const name = nameIn(response.headers.get('Content-Disposition'), url.slice(url.lastIndexOf('/') + 1))
  return [name, new Uint8Array(await response.arrayBuffer())]
}

function give(href: string, name: string): void {
  const link = document.createElement('a')
  link.href = href
  link.download = name
  link.click()
}

/** Downloads the files of these addresses; `told` hears how many are there. */
export async function download(urls: string[], told: (done: number) => void): Promise<void> {
  if (urls.length === 1) return give(urls[0]!, '') // under the name that the server gives it
  const { zip } = await import('fflate')
  const files: Record<string, Uint8Array> = {}
  for (const url of urls) {
    const [name, content] = await fetched(url)
    files[name] = content
    told(Object.keys(files).length)
  }
  // Pictures do not become smaller.
  const zipped = await new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) =>
    zip(files, { level: 0 }, (error, content) => (error ? reject(error) : resolve(content as Uint8Array<ArrayBuffer>))),
  )
  const url = URL.createObjectURL(new Blob([zipped], { type: 'application/zip' }))
  give(url, `lucida-${urls.length}-pictures.zip`)
  setTimeout(() => URL.revokeObjectURL(url), 60_000) // a browser may ask first where to put it
}
