<?php // sockets.php ADDRESS PORT fsockopen|pfsockopen|stream|http COUNT LOG: what a page does on every request
[, $address, $port, $how, $count, $log] = $argv;
$counts = ['attempts' => 0, 'ok' => 0, 'errors' => [], 'end' => 'running'];
$write = function (string $end) use (&$counts, $log): void {
    $line = json_encode(['errors' => (object) $counts['errors'], 'end' => $end] + $counts);
    file_put_contents($log, "$line\n", FILE_APPEND);
};
$names = [98 => 'EADDRINUSE', 99 => 'EADDRNOTAVAIL', 104 => 'ECONNRESET', 110 => 'ETIMEDOUT', 111 => 'ECONNREFUSED'];
for ($turn = 0; $turn < (int) $count; $turn++) {
    $counts['attempts']++;
    $errno = 0;
    $message = '';
    if ($how === 'http') {
        $answer = @file_get_contents("http://$address:$port/");
        $message = error_get_last()['message'] ?? '';
        if ($answer === false && str_contains($message, 'Cannot assign requested address')) $errno = 99;
    } else {
        $socket = match ($how) {
            'fsockopen' => @fsockopen($address, (int) $port, $errno, $message, 2),
            'pfsockopen' => @pfsockopen($address, (int) $port, $errno, $message, 2),
            'stream' => @stream_socket_client("tcp://$address:$port", $errno, $message, 2),
        };
        $answer = false;
        if ($socket) {
            fwrite($socket, "PING\r\n");
            $answer = fgets($socket);
            if ($how !== 'pfsockopen') fclose($socket);
        }
    }
    if ($answer !== false) {
        $counts['ok']++;
        continue;
    }
    $name = $names[$errno] ?? "E$errno";
    $counts['errors'][$name] = ($counts['errors'][$name] ?? 0) + 1;
    if ($counts['errors'][$name] === 1) $write('running');
}
$write('done');
