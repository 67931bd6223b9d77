import { afterEach, describe, expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DEPLOYMENT } from '../../../src/targets/kubernetes/workload/kinds.js'
import { complaint, deploy, DEPLOYMENTS, patches, REPLICA_SETS, shop, undo, useShop } from '../../fixtures/shop.js'

useShop()

describe('complaints before anything is touched', () => {
  afterEach(() => {
    if (patches().length > 0) throw new Error('the Deployment was touched')
  })

  test('a Deployment or a namespace that does not exist', async () => {
    expect(await complaint({ workload: { kind: DEPLOYMENT, name: 'shoe' } })).toBe(
      'Deployment shoe does not exist in namespace store; there are: shop',
    )
    expect(await complaint({ namespace: 'shop' })).toBe('namespace shop does not exist')
  })

  test('rights that are missing, every one of them, and how to grant them', async () => {
    shop.api.denied.add('patch deployments').add('watch pods')
    expect(await complaint()).toBe(
      'system:serviceaccount:ci:tester may not patch deployments.apps, watch pods in namespace store; an administrator grants it with: ' +
        'kubectl -n store create role zero-drop-view --verb=get,list,watch --resource=deployments.apps,replicasets.apps,pods,endpointslices.discovery.k8s.io && ' +
        'kubectl -n store create rolebinding zero-drop-view --role=zero-drop-view --serviceaccount=ci:tester && ' +
        'kubectl -n store create role zero-drop-change --verb=patch --resource=deployments.apps && ' +
        'kubectl -n store create rolebinding zero-drop-change --role=zero-drop-change --serviceaccount=ci:tester',
    )
  })

  test('a right that the review did not know of', async () => {
    const message = 'deployments.apps "shop" is forbidden: User "x" cannot get resource "deployments"'
    shop.api.failures.set(`GET ${DEPLOYMENTS}/shop`, { status: 403, reason: 'Forbidden', message })
    expect(await complaint()).toBe(`a right is missing for reading Deployment shop: ${message}`)
  })

  test('an API that does not answer, or not to these credentials', async () => {
    expect(await complaint({ kubeconfig: shop.api.kubeconfig(shop.folder, { token: 'old' }) })).toBe(
      'the Kubernetes API at http://<api> (context fake) does not accept the credentials of the kubeconfig while asking for rights in namespace store; they may have expired: log in again',
    )
    const kubeconfig = shop.api.kubeconfig(shop.folder)
    await shop.api.vanish()
    expect(await complaint({ kubeconfig })).toBe(
      'the Kubernetes API at http://<api> (context fake) does not answer while asking for rights in namespace store: connect ECONNREFUSED <api>',
    )
    await shop.api.listen()
  })

  test('a kubeconfig that is not there, is none, or has not the context', async () => {
    expect(await complaint({ kubeconfig: join(shop.folder, 'none') })).toBe(
      'the kubeconfig <folder>/none does not exist',
    )
    writeFileSync(join(shop.folder, 'bad'), 'clusters: [')
    expect(await complaint({ kubeconfig: join(shop.folder, 'bad') })).toMatch(
      /^the kubeconfig <folder>\/bad cannot be read: \S/u,
    )
    writeFileSync(join(shop.folder, 'empty'), 'kind: Config')
    expect(await complaint({ kubeconfig: join(shop.folder, 'empty') })).toBe(
      'the kubeconfig <folder>/empty has no current context: choose one with --context; there are: none',
    )
    expect(await complaint({ context: 'prod' })).toBe(
      'the kubeconfig <folder>/kubeconfig has no context prod; there are: fake',
    )
  })

  test('credentials that a command should give', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-login' }
    expect(await complaint({ kubeconfig: shop.api.kubeconfig(shop.folder, { exec }) })).toBe(
      'the credentials of context fake cannot be had: spawn no-such-login ENOENT',
    )
  })

  test('a container, image or revision that is not there, or an image that is there already', async () => {
    expect(await complaint({ container: 'app' })).toBe('Deployment shop has no container app; there are: web')
    expect(await complaint({ image: '' })).toBe('the scenario set-image needs the new image: give it with --image')
    expect(await complaint({ image: 'shop:v2' })).toBe(
      'container web of Deployment shop already has the image shop:v2, so nothing would roll',
    )
    expect(await complaint(undo(9))).toBe('Deployment shop has no revision 9 to go back to; there are: 1, 2')
    expect(await complaint(undo(2))).toBe('Deployment shop already is what its revision 2 was, so nothing would roll')
    shop.api.remove(REPLICA_SETS, 'shop-1')
    expect(await complaint(undo())).toBe(
      'Deployment shop has no revision before the present one to go back to; there are: 2',
    )
  })

  test('a Deployment that is paused, empty, or in the middle of a rollout', async () => {
    deploy({ paused: true })
    expect(await complaint()).toBe(
      "Deployment shop is paused: resume it with 'kubectl rollout resume -n store deployment/shop'",
    )
    deploy({ replicas: 0 })
    expect(await complaint()).toBe('Deployment shop has 0 replicas, so there is nothing to roll out')
    deploy({ replicas: 3 })
    expect(await complaint()).toBe(
      "Deployment shop is not fully rolled out (3 wanted, 2 up to date, 2 available, 2 in all): wait for 'kubectl rollout status -n store deployment/shop'",
    )
  })

  test('URLs that are none or do not answer', async () => {
    expect(await complaint({ urls: [] })).toBe('there is no URL to send the load to: give one with --url')
    expect(await complaint({ urls: ['shop:80'] })).toBe('shop:80 is not a URL that begins with http:// or https://')
    const dead = createServer().listen(0, '127.0.0.1')
    await once(dead, 'listening')
    const { port } = dead.address() as AddressInfo
    dead.close()
    expect(await complaint({ urls: [shop.url, `http://localhost:${port}`] })).toBe(
      `http://localhost:${port} does not answer: ECONNREFUSED; is it the address of the service?`,
    )
  })
})
