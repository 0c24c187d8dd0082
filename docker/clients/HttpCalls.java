import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;

/**
 * java HttpCalls.java URL MODE COUNT: COUNT requests, one after another. url-connection: HttpURLConnection, body read;
 * disconnect: its status alone, then disconnect(); http-client: one HttpClient; client-each: a new one for each request.
 * Prints its counts as JSON lines (docs/your-program.md).
 */
public class HttpCalls {
  static final HttpClient shared = HttpClient.newHttpClient();
  /** Clients of client-each: as in a program that keeps them in a field of something it keeps. */
  static final List<HttpClient> kept = new ArrayList<>();

  public static void main(String[] args) throws Exception {
    String url = args[0], mode = args[1];
    int count = Integer.parseInt(args[2]), completed = 0, noPort = 0, other = 0;
    for (int turn = 0; turn < count; turn++) {
      try {
        call(url, mode);
        completed++;
      } catch (Exception error) {
        if (saysNoPort(error)) noPort++;
        else other++;
      }
    }
    String failures = failure("EADDRNOTAVAIL", "connect", noPort);
    String others = failure("EUNKNOWN", "response", other);
    System.out.printf(
        "{\"type\":\"interval\",\"attempts\":%d,\"completed\":%d,\"answers\":%d,\"inFlight\":0,\"failures\":[%s]}%n",
        count, completed, completed, String.join(",", nonEmpty(failures, others)));
    System.out.printf("{\"type\":\"end\",\"version\":\"java %s\"}%n", Runtime.version());
    System.in.readAllBytes();
    System.exit(0);
  }

  static void call(String url, String mode) throws Exception {
    switch (mode) {
      case "url-connection" -> {
        try (InputStream body = new URL(url).openConnection().getInputStream()) {
          body.readAllBytes();
        }
      }
      case "disconnect" -> {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        connection.getResponseCode();
        connection.disconnect();
      }
      case "http-client" -> send(shared, url);
      case "client-each" -> {
        kept.add(HttpClient.newHttpClient());
        send(kept.get(kept.size() - 1), url);
      }
      default -> throw new IllegalArgumentException(mode);
    }
  }

  static void send(HttpClient client, String url) throws Exception {
    client.send(HttpRequest.newBuilder(URI.create(url)).version(HttpClient.Version.HTTP_1_1).build(), BodyHandlers.ofString());
  }

  static boolean saysNoPort(Throwable error) {
    for (Throwable one = error; one != null; one = one.getCause()) {
      if (String.valueOf(one.getMessage()).contains("Cannot assign requested address")) return true;
    }
    return false;
  }

  static String failure(String errno, String phase, int count) {
    return count == 0 ? "" : String.format("{\"errno\":\"%s\",\"phase\":\"%s\",\"count\":%d}", errno, phase, count);
  }

  static List<String> nonEmpty(String... texts) {
    return List.of(texts).stream().filter(text -> !text.isEmpty()).toList();
  }
}
