/** Whether this browser has a viewfinder of its own; apart from it, which is fetched after the first screen. */
export function hasCamera(): boolean {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}
