// The service of server.mjs on Java's sockets, with a thread for each connection. Its variables are the same.
import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import sun.misc.Signal;

public class Server {
  static final String FAULT = System.getenv().getOrDefault("FAULT", "none");
  static final int EVERY = Integer.parseInt(System.getenv().getOrDefault("EVERY", "40"));
  static final Set<String> PLANTED = Set.of(
      "fin", "rst", "truncated", "twice", "late", "wrong-body", "error", "executed-twice", "retrying-proxy");
  static final int DELAY = 2_500;
  static final int SHORT_DELAY = 1_500;
  static final int START = 3_000;
  static final long BEGAN = System.currentTimeMillis();
  static final AtomicInteger seen = new AtomicInteger();
  static final AtomicInteger busy = new AtomicInteger();
  static final Set<Socket> open = ConcurrentHashMap.newKeySet();
  static final Set<Socket> idle = ConcurrentHashMap.newKeySet();
  static volatile boolean leaving;
  static volatile boolean closed;
  static volatile boolean accepting = true;
  static ServerSocket listener;

  public static void main(String[] arguments) throws Exception {
    listener = new ServerSocket(Integer.parseInt(System.getenv("PORT")), 1024, InetAddress.getByName("127.0.0.1"));
    listener.setSoTimeout(20);
    if (!FAULT.equals("no-handler")) Signal.handle(new Signal("TERM"), signal -> new Thread(Server::terminate).start());
    ExecutorService threads = Executors.newCachedThreadPool();
    while (true) {
      if (listener.isClosed() || !accepting) {
        Thread.sleep(10);
        continue;
      }
      try {
        Socket socket = listener.accept();
        open.add(socket);
        threads.execute(() -> serve(socket));
      } catch (SocketTimeoutException again) {
        // Looks whether it still accepts.
      } catch (SocketException closed) {
        Thread.sleep(10);
      }
    }
  }

  static void terminate() {
    try {
      if (FAULT.equals("exit")) Runtime.getRuntime().halt(0);
      if (FAULT.equals("ignored")) return;
      leaving = true;
      if (FAULT.equals("backlog")) {
        Thread.sleep(300);
        accepting = false;
        Thread.sleep(400);
      } else if (!FAULT.equals("no-delay")) Thread.sleep(FAULT.equals("cut") ? SHORT_DELAY : DELAY);
      listener.close();
      closed = true;
      if (FAULT.equals("cut")) Runtime.getRuntime().halt(0);
      if (FAULT.equals("hangs")) return;
      // As com.sun.net.httpserver and Go's Shutdown do: idle connections end at once.
      if (FAULT.equals("idle") || FAULT.equals("no-delay")) for (Socket socket : idle) socket.close();
      for (int waited = 0; busy.get() > 0 || (waited < 2_100 && !open.isEmpty() && !FAULT.equals("idle")); waited += 20) Thread.sleep(20);
      Runtime.getRuntime().halt(0);
    } catch (Exception error) {
      error.printStackTrace();
    }
  }

  static void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(2_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      OutputStream out = socket.getOutputStream();
      while (true) {
        idle.add(socket);
        String line = in.readLine();
        idle.remove(socket);
        if (line == null) return;
        busy.incrementAndGet();
        try {
          String id = null;
          for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
            if (header.toLowerCase().startsWith("x-request-id:")) id = header.substring(13).trim();
          }
          if (!answer(socket, out, line.split(" ")[1], id)) return;
        } finally {
          busy.decrementAndGet();
        }
      }
    } catch (Exception ended) {
      // The client has ended the connection, or its idle time is over.
    } finally {
      open.remove(socket);
      idle.remove(socket);
    }
  }

  /** Returns whether the connection stays open. */
  static boolean answer(Socket socket, OutputStream out, String path, String id) throws Exception {
    if (path.equals("/ready")) return send(out, 200, "ready");
    System.out.println("started " + id);
    String body = "hello " + id;
    boolean starting = "v2".equals(System.getenv("VERSION")) && System.currentTimeMillis() - BEGAN < START;
    if (FAULT.equals("unready") && starting) return send(out, 503, "starting");
    if (FAULT.equals("cold") && starting) Thread.sleep(8_000);
    if (leaving && FAULT.equals("hangs")) Thread.sleep(60_000);
    if (leaving && FAULT.equals("refuses")) return send(out, 503, "leaving");
    if (PLANTED.contains(FAULT) && id != null && !id.startsWith("zd-preflight") && seen.incrementAndGet() % EVERY == 0) {
      System.out.println("planted " + id);
      return spoil(socket, out, id, body);
    }
    if (path.startsWith("/work")) Thread.sleep(Integer.parseInt(path.split("=")[1]));
    boolean kept = send(out, 200, body);
    System.out.println("finished " + id);
    return kept;
  }

  static boolean spoil(Socket socket, OutputStream out, String id, String body) throws Exception {
    switch (FAULT) {
      case "rst":
        socket.setSoLinger(true, 0);
        return false;
      case "truncated":
        out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf".getBytes());
        return false;
      case "twice":
        String whole = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        out.write((whole + whole).getBytes());
        return false;
      case "late":
        Thread.sleep(8_000);
        return send(out, 200, body);
      case "wrong-body":
        return send(out, 200, "for somebody else");
      case "error":
        return send(out, 500, "broken");
      case "executed-twice":
        System.out.println("started " + id);
        return send(out, 200, body);
      default:
        return false;
    }
  }

  static boolean send(OutputStream out, int status, String body) throws IOException {
    boolean old = FAULT.equals("closes-always");
    boolean close = leaving && (closed || !FAULT.equals("idle"));
    out.write(("HTTP/1." + (old ? 0 : 1) + " " + status + " Here\r\nContent-Length: " + body.length()
        + (close ? "\r\nConnection: close" : "") + "\r\n\r\n" + body).getBytes());
    return !close && !old;
  }
}
