import { expect, test } from 'vitest'
import { discoverServiceUrls, twinServiceUrls } from '../../../../src/targets/kubernetes/workload/service-urls.js'
import { DEPLOYMENT } from '../../../../src/targets/kubernetes/workload/kinds.js'
import { SERVICES, shop, useShop } from '../../../fixtures/shop.js'

useShop()

const urls = async (): Promise<string[]> =>
  discoverServiceUrls({
    namespace: 'store',
    workload: { kind: DEPLOYMENT, name: 'shop' },
    kubeconfig: shop.api.kubeconfig(shop.folder),
  })

const service = (name: string, ports: readonly object[], selector: object = { app: 'shop' }): void =>
  shop.api.put(SERVICES, { metadata: { name }, spec: { type: 'ClusterIP', selector, ports } })

test('from inside the cluster, the URL has the name of the Service and its port named http, whatever its place', async () => {
  service('other', [{ name: 'http', port: 80 }], { app: 'other' })
  service('shop', [
    { name: 'admin', port: 81 },
    { name: 'http', port: 8_080, protocol: 'UDP' },
    { name: 'http', port: 8_081 },
  ])
  expect(await urls()).toEqual(['http://shop.store.svc:8081'])
})

test('without a port named http it is the first TCP port, with TLS if the Service says so', async () => {
  service('shop', [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'https', port: 8_443 },
  ])
  expect(await urls()).toEqual(['https://shop.store.svc:8443'])
})

test('without a Service the error suggests --url', async () => {
  shop.api.remove(SERVICES, 'shop')
  service('other', [{ port: 80 }], { app: 'other' })
  await expect(urls()).rejects.toThrow(
    'no Service with a TCP port in namespace store selects the pods of shop: give the address of the service, as pods reach it, with --url',
  )
})

test('the twin has the same URL with the name of its own Service', () => {
  expect(twinServiceUrls(['http://shop.store.svc:8081/api'], 'shop-zero-drop-twin')).toEqual([
    'http://shop-zero-drop-twin.store.svc:8081/api',
  ])
  expect(twinServiceUrls(['https://shop.example.org'], 'shop-zero-drop-twin')).toBeUndefined()
})
