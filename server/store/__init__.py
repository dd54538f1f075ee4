"""What the server keeps: ``base`` the interface, ``sqlite`` the store on disk, ``memory`` the reference."""
