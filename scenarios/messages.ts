/** What programs and their libraries print when connect(2) finds no free port. */
export const noPortMessages = [
  'Cannot assign requested address',
  "Can't assign requested address",
  'EADDRNOTAVAIL',
  'errno 99',
  '(99: Cannot assign requested address)',
  'Address not available',
];

/** … and when the other side has ended the connection. */
export const resetMessages = [
  'Connection reset by peer',
  'ECONNRESET',
  'read ECONNRESET',
  'errno 104',
  'socket hang up',
];
