import { describe, expect, it } from 'vitest';
import { portSupply, supplyNote } from './port-supply.ts';

const range = { 'net.ipv4.ip_local_port_range': '1000 1999' };

describe('ports that connect() may choose from', () => {
  it('counts both ends of the default range: 28,232 ports', () => {
    expect(portSupply({ 'net.ipv4.ip_local_port_range': '32768 60999' }).usable).toBe(28_232);
    expect(portSupply({})).toEqual({ inRange: 28_232, reserved: 0, listening: 0, usable: 28_232 });
  });

  it('subtracts reserved ports once, and only those inside the range', () => {
    const reserved = { ...range, 'net.ipv4.ip_local_reserved_ports': '900-1004,1000,1500,8080' };
    expect(portSupply(reserved)).toEqual({ inRange: 1000, reserved: 6, listening: 0, usable: 994 });
  });

  it('subtracts listeners inside the range, and says so', () => {
    const listeners = Array.from({ length: 100 }, (_, index) => 1900 + index);
    const supply = portSupply({ ...range, 'net.ipv4.ip_local_reserved_ports': '1900' }, [...listeners, 80, 8080]);
    expect(supply).toEqual({ inRange: 1000, reserved: 1, listening: 99, usable: 900 });
    expect(supplyNote(supply)).toBe(
      "900 of the range's 1,000 ports are usable: 1 reserved (ip_local_reserved_ports), " +
        '99 held by listeners inside the range',
    );
    expect(supplyNote(portSupply(range, [80]))).toBeNull();
  });
});
