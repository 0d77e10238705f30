#!/usr/bin/perl
# A command of the lab: asks the kernel that made this file to do its work there. Frames both ways: a letter, the length
# in four bytes, the content. To the kernel: h(ead), i(nput, empty at its end), a(nswer). From it: o(utput), e(rrors),
# r(ead some input), q(uestion), s(ecret question), x (exit status).
# No module is loaded: they take longer than all the rest.

my ($folder, $name) = $0 =~ m{^(.*)/([^/]+)$};

sub fail { print STDERR "$name: the lab does not answer: its kernel has ended, or it is another user's\n"; exit 69 }

# sockaddr_un of Linux, and of the BSDs, which has its length first. AF_UNIX and SOCK_STREAM are 1 on all of them.
my $address = $^O eq 'linux' ? pack('S a108', 1, "$folder/../lab") : pack('C C a104', 106, 1, "$folder/../lab");
socket(my $lab, 1, 1, 0) or fail();
connect($lab, $address) or fail();
binmode $_ for $lab, *STDIN, *STDOUT, *STDERR;

sub out {
  my ($to, $data) = @_;
  while (length $data) {
    my $n = syswrite($to, $data);
    if (!defined $n) { next if $!{EINTR}; return 0 }
    substr($data, 0, $n) = '';
  }
  return 1;
}

sub frame {
  my ($kind, $data) = @_;
  local $SIG{PIPE} = 'IGNORE';
  out($lab, $kind . pack('N', length $data) . $data) or fail();
}

my $here = readlink('/proc/self/cwd') // do { require Cwd; Cwd::getcwd() };
frame('h', join "\0", $here, $ENV{WIREBOOK_CELL} // '', readlink('/proc/self/fd/0') // '', $name, scalar @ARGV, @ARGV,
  map { "$_=$ENV{$_}" } keys %ENV);

sub ask {
  my ($prompt, $secret) = @_;
  open(my $tty, '+<', '/dev/tty') or return frame('a', '');
  syswrite($tty, $prompt);
  system('stty -echo < /dev/tty') if $secret;
  my $line = <$tty>;
  if ($secret) { system('stty echo < /dev/tty'); syswrite($tty, "\n") }
  frame('a', $line // '');
}

my ($buffer, $wanted) = ('', 0);
while (1) {
  my $ready = '';
  vec($ready, fileno $lab, 1) = 1;
  vec($ready, fileno STDIN, 1) = 1 if $wanted;
  if ($wanted) {
    next if select($ready, undef, undef, undef) < 0;
    if (vec($ready, fileno STDIN, 1)) {
      my $n = sysread(STDIN, my $data, 65536);
      frame('i', $n ? $data : '');
      $wanted = 0;
    }
    next if !vec($ready, fileno $lab, 1);
  }
  my $n = sysread($lab, $buffer, 65536, length $buffer);
  next if !defined $n && $!{EINTR};
  fail() if !$n;
  while (length $buffer >= 5) {
    my ($kind, $length) = unpack 'aN', $buffer;
    last if length $buffer < 5 + $length;
    my $data = substr $buffer, 5, $length;
    substr($buffer, 0, 5 + $length) = '';
    if ($kind eq 'o') { out(*STDOUT, $data) or exit 1 }
    elsif ($kind eq 'e') { out(*STDERR, $data) }
    elsif ($kind eq 'r') { $wanted = 1 }
    elsif ($kind eq 'x') { exit ord $data }
    else { ask($data, $kind eq 's') }
  }
}
