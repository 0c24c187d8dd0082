<?php
// redis_calls.php ADDRESS PORT connect|pconnect COUNT: what a page does on each request, with the extension phpredis.
// Prints its counts as JSON lines (docs/your-program.md).
[, $address, $port, $mode, $count] = $argv;
$none = ['attempts' => 0, 'completed' => 0, 'answers' => 0];
$interval = $none;
$failures = [];
$flush = function () use (&$interval, &$failures, $none): void {
    $listed = [];
    foreach ($failures as $name => $n) $listed[] = ['errno' => $name, 'phase' => 'connect', 'count' => $n];
    echo json_encode(['type' => 'interval', 'inFlight' => 0, 'failures' => $listed] + $interval), "\n";
    [$interval, $failures] = [$none, []];
};
for ($turn = 0; $turn < (int) $count; $turn++) {
    $interval['attempts']++;
    try {
        $redis = new Redis();
        $redis->$mode($address, (int) $port, 2);
        $redis->ping();
        if ($mode === 'connect') $redis->close();
        $interval['completed']++;
        $interval['answers']++;
    } catch (RedisException $error) {
        $name = str_contains($error->getMessage(), 'Cannot assign requested address') ? 'EADDRNOTAVAIL' : 'EUNKNOWN';
        $failures[$name] = ($failures[$name] ?? 0) + 1;
    }
    unset($redis);
}
$flush();
echo json_encode(['type' => 'end', 'version' => 'phpredis ' . phpversion('redis')]), "\n";
stream_get_contents(STDIN);
