"""What the server keeps: ``base``, ``reader``, ``writer`` and ``records`` are the interface, ``sqlite`` the
store on disk, ``memory`` the reference."""
