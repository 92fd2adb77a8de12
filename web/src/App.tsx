import { type ComponentType, lazy, Suspense } from 'react'
import { NotFound } from './components/NotFound'
import { SignIn } from './components/SignIn'
import { type Path, usePath } from './route'
import { useUnknown } from './session'

// Each is loaded when it is first gone to.
const STUDIOS: Record<Path, ComponentType> = {
  '/': lazy(() => import('./Panoramas')),
  '/images': lazy(() => import('./images/Pictures')),
  '/clouds': lazy(() => import('./clouds/Clouds')),
  '/splats': lazy(() => import('./splats/Splats')),
}

/** The studio at this address, or the way in where the server does not know who is asking. */
export function App() {
  const path = usePath()
  const unknown = useUnknown()
  if (path === null) return <NotFound />
  if (unknown) return <SignIn />
  const Studio = STUDIOS[path]
  return (
    <Suspense>
      <Studio />
    </Suspense>
  )
}
