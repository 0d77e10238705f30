package wirebook.engine.socket.calls;

import java.util.Set;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Platform;

/** What an error of a call means at this place, and what to do. */
final class CallAdvice {
  /** Options that tell how a socket is (socket(7)). */
  private static final Set<String> READ_ONLY =
      Set.of("SO_ACCEPTCONN", "SO_DOMAIN", "SO_ERROR", "SO_PROTOCOL", "SO_TYPE", "SO_PEERCRED");

  private CallAdvice() {}

  /** One line; {@code subject} is the address or the option that the call was about. */
  static String of(String call, Errno error, String subject) {
    return switch (call + " " + error.name()) {
      case "bind EADDRINUSE" ->
          subject.startsWith("@") || subject.contains("/")
              ? "a file of that name is there, perhaps from a socket that was closed: delete it, or take another path"
              : "another socket has this address (%ss -tuan): close it, or take port 0. If only TIME-WAIT is left of it, set SO_REUSEADDR before bind"
                  + (Platform.CURRENT == Platform.LINUX
                      ? "; Linux wants that the earlier socket had it too: else wait 60 s"
                      : "");
      case "bind EACCES" ->
          subject.contains("/")
              ? "you may not write into the folder of that path"
              : "ports below 1024 belong to the system (CAP_NET_BIND_SERVICE): take one from 1024 on, such as 8080";
      case "bind EADDRNOTAVAIL" ->
          "no interface of this machine has that address (%ip addr shows them)";
      case "bind EINVAL" ->
          "the socket has an address already, or the address is of another family";
      case "bind EAFNOSUPPORT", "connect EAFNOSUPPORT", "sendto EAFNOSUPPORT" ->
          "the address is of another family than the socket: AF_INET takes 127.0.0.1:80, AF_INET6 takes [::1]:80";
      case "bind ENOENT" -> "the folder of that path does not exist";
      case "listen EOPNOTSUPP" ->
          "only SOCK_STREAM sockets listen; a datagram socket just receives";
      case "listen EADDRINUSE" -> "another socket listens on this port already";
      case "listen EINVAL", "listen EDESTADDRREQ" ->
          "the socket is connected, or has no address: bind it first";
      case "accept EINVAL" -> "the socket does not listen: bind and listen come first";
      case "accept EOPNOTSUPP" -> "datagram sockets have no connections to accept: receive instead";
      case "accept EMFILE", "socket EMFILE" ->
          "the process has as many files open as it may: close some";
      case "connect ECONNREFUSED" ->
          subject.startsWith("@") || subject.contains("/")
              ? "nothing listens at "
                  + subject
                  + ": the server that bound it is gone, or has not called listen yet"
              : "nothing listens at "
                  + subject
                  + ": the host answered the SYN with RST; start the server first";
      case "connect ETIMEDOUT" ->
          "no answer came to the SYN, sent several times: the host is down, or something on the way drops the packets";
      case "connect ENETUNREACH", "sendto ENETUNREACH" ->
          "no route leads to " + subject + " (%ip route shows them)";
      case "connect EHOSTUNREACH" -> "the last router found no host of that address";
      case "connect EINPROGRESS" ->
          "the call did not wait for it, as the socket does not block or SO_SNDTIMEO is over: the handshake goes on; poll for POLLOUT, then read SO_ERROR";
      case "connect EALREADY" -> "the handshake still goes on: poll for POLLOUT";
      case "connect EISCONN" -> "the socket is connected already: one socket, one connection";
      case "connect EACCES" ->
          "this is a broadcast address: set SO_BROADCAST first, if you mean it";
      case "connect EADDRNOTAVAIL" ->
          "no free port or address to connect from (ports in TIME-WAIT count)";
      case "connect ECONNABORTED" -> "an earlier attempt failed: take a new socket";
      case "connect EINVAL" ->
          "the socket listens, or an earlier attempt failed: take a new socket";
      case "connect ENOENT" -> "no socket has that path: the server binds first";
      case "connect EPROTOTYPE", "sendto EPROTOTYPE" ->
          "the other socket is of another type: stream to stream, datagram to datagram";
      case "connect EINTR" ->
          "stopped; the handshake goes on by itself: poll for POLLOUT, or close";
      case "sendto EPIPE", "write EPIPE" ->
          "the connection is over for sending: not connected, shut down here, or reset by the peer (C programs get SIGPIPE as well)";
      case "sendto ECONNRESET", "recvfrom ECONNRESET", "read ECONNRESET", "write ECONNRESET" ->
          "the peer sent RST: it closed with data unread, with SO_LINGER 0, or it crashed";
      case "sendto ENOTCONN", "recvfrom ENOTCONN", "read ENOTCONN", "write ENOTCONN" ->
          "the socket is not connected: connect, or use the descriptor that accept returned";
      case "getpeername ENOTCONN", "shutdown ENOTCONN" ->
          "there is no peer: the socket is not connected";
      case "sendto EDESTADDRREQ", "write EDESTADDRREQ" ->
          "a datagram needs an address: sendto, or connect first";
      case "sendto EISCONN" -> "the socket is connected: send without an address";
      case "sendto EMSGSIZE", "write EMSGSIZE" ->
          "one UDP datagram carries at most 65507 bytes over IPv4";
      case "sendto EACCES" -> "to broadcast, set SO_BROADCAST first";
      case "sendto ECONNREFUSED",
          "recvfrom ECONNREFUSED",
          "read ECONNREFUSED",
          "write ECONNREFUSED" ->
          "an earlier datagram met a closed port: ICMP came back, and is told now";
      case "sendto EAGAIN", "write EAGAIN" ->
          "the send buffer is full: the peer does not read; poll for POLLOUT";
      case "recvfrom EAGAIN", "read EAGAIN" ->
          "nothing there yet: poll for POLLIN, or let the call block";
      case "accept EAGAIN" -> "no connection waits: poll for POLLIN, or let the call block";
      case "recvfrom EINVAL" -> "no urgent data is there, or the flags do not fit";
      case "socket EPERM", "socket EACCES" ->
          "raw sockets need CAP_NET_RAW: use SOCK_STREAM or SOCK_DGRAM";
      case "socket EPROTONOSUPPORT", "socket ESOCKTNOSUPPORT" ->
          "family, type and protocol do not fit together: SOCK_STREAM goes with IPPROTO_TCP, SOCK_DGRAM with IPPROTO_UDP";
      case "socket EAFNOSUPPORT" -> "this machine has no such address family";
      case "setsockopt ENOPROTOOPT",
          "getsockopt ENOPROTOOPT",
          "setsockopt EOPNOTSUPP",
          "getsockopt EOPNOTSUPP" ->
          READ_ONLY.contains(subject) && call.equals("setsockopt")
              ? subject + " can only be read: getsockopt"
              : subject + " is no option of a socket of this kind";
      case "setsockopt EINVAL" -> "the value is outside what " + subject + " takes";
      case "setsockopt EPERM", "setsockopt EACCES" -> "changing " + subject + " needs privileges";
      default ->
          error.is("EINTR")
              ? "stopped while it waited"
              : error.is("EBADF")
                  ? "no open file has that number"
                  : "man 2 " + manual(call) + " lists this error";
    };
  }

  private static String manual(String call) {
    return call.equals("recvfrom") ? "recv" : call.equals("sendto") ? "send" : call;
  }
}
