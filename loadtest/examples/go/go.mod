module example.org/zero-drop-example

go 1.21
