"""Keeps detections from the network, from other programs and from writing files.
An audit hook can't be removed again, but it only guards against carelessness:
code that means harm can get around it."""
import _thread
import os
import sys

from .errors import Refused

WRITES = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC

# What is refused, by the words that say so.
REFUSED = {
    "use the network": """socket.__new__ socket.connect socket.bind socket.sendto socket.sendmsg socket.getaddrinfo socket.gethostbyname
        socket.gethostbyaddr urllib.Request http.client.connect ftplib.connect smtplib.connect imaplib.open poplib.open nntplib.connect
        telnetlib.Telnet.open webbrowser.open""",
    "start other programs": """subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty os.startfile
        os.startfile/2 pty.spawn""",
    "signal other programs": "os.kill os.killpg signal.pthread_kill",
    "write files": """os.remove os.rename os.rmdir os.mkdir os.link os.symlink os.truncate os.chmod os.chown os.chflags os.utime os.setxattr
        shutil.rmtree shutil.move shutil.copyfile shutil.chown shutil.make_archive shutil.unpack_archive tempfile.mkstemp tempfile.mkdtemp
        sqlite3.connect mmap.__new__""",
    "call libraries of the system": """ctypes.dlopen ctypes.dlsym ctypes.cdata ctypes.call_function""",
    "change its own limits": """sys.addaudithook resource.setrlimit
        os.putenv os.unsetenv os.chdir msvcrt.open_osfhandle winreg.ConnectRegistry syslog.openlog""",
}


def limit_memory(most):
    try:
        import resource
    except ImportError:
        return  # Windows
    for what, value in ((resource.RLIMIT_AS, most), (resource.RLIMIT_CORE, 0)):
        try:
            _, hard = resource.getrlimit(what)
            if value is not None and (hard == resource.RLIM_INFINITY or value < hard):
                resource.setrlimit(what, (value, value))
        except (ValueError, OSError):
            pass  # macOS has no such limit of memory


def arm(brought):
    """Refuses from now on. Only Python's own cache of brought packages is written."""
    words = {event: doing for doing, events in REFUSED.items() for event in events.split()}

    def own(path):
        return isinstance(path, str) and path.startswith(brought) and "__pycache__" in path

    def hook(event, args):
        if event in words:
            if event in ("os.rename", "os.mkdir") and own(args[0]):
                return
            raise Refused("a test may not %s (%s)" % (words[event], event))
        if event == "open":
            path, mode, flags = args
            if (flags & WRITES if mode is None and isinstance(flags, int) else mode is not None and any(c in mode for c in "wax+")) and not own(path):
                raise Refused("a test may not write files (%s)" % (path,))

    sys.addaudithook(hook)

    def no_thread(*args, **kwargs):
        raise Refused("a test may not start threads")

    # Python has no audit event for this before 3.14.
    for name in ("start_new_thread", "start_new", "start_joinable_thread"):
        if hasattr(_thread, name):
            setattr(_thread, name, no_thread)
